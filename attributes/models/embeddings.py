from __future__ import annotations

from django.db import models
from pgvector.django import HalfVectorField

from .items import Item


class Encoder(models.Model):
    """A named, versioned embedding function."""

    name = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    modality = models.CharField(max_length=20)
    dims = models.PositiveIntegerField()
    params_hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["name", "version"], name="encoder"),)

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


class ItemEmbedding(models.Model):
    """An encoder's vector for an item. LIST-partitioned by encoder: each partition checks its own dimension."""

    pk = models.CompositePrimaryKey("encoder_id", "item_id")
    encoder = models.ForeignKey(Encoder, on_delete=models.CASCADE, related_name="embeddings")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="embeddings")
    vector = HalfVectorField()
    content_hash = models.CharField(max_length=64, help_text="The item's content when it was encoded.")
