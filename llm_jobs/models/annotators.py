from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from attributes.models import Corpus


class Annotator(models.Model):
    """A machine labeler's configuration. Its fingerprint is the hash of everything that may change its answers."""

    class Backend(models.TextChoices):
        LOCAL = "local", "Local (zero-shot on embeddings)"
        CLAUDE = "claude", "Claude"
        IMPORTED = "imported", "Imported labels"

    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="annotators")
    name = models.CharField(max_length=120)
    backend = models.CharField(max_length=10, choices=Backend)
    config = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["corpus", "fingerprint"], name="annotator_fingerprint"),
            models.UniqueConstraint(fields=["corpus", "name"], name="annotator_name"),
        )

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a model costs from a day on, in micro-USD per million tokens, by kind of token."""

    model = models.CharField(max_length=80)
    valid_from = models.DateField()
    rates = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["model", "valid_from"], name="price"),)
