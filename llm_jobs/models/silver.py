from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Corpus, Definition, Item

from .runs import Run


class SilverSet(models.Model):
    """A frozen selection of runs' annotations with soft labels: what a student learns from."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="silver_sets")
    spec = models.JSONField()
    hash = models.CharField(max_length=64)
    frozen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["corpus", "hash"], name="silver_set"),)

    def __str__(self) -> str:
        return f"silver set {self.hash[:8]}"


class SilverSource(models.Model):
    silver_set = models.ForeignKey(SilverSet, on_delete=models.CASCADE, related_name="sources")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="+")
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="silver_sources")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["silver_set", "definition", "run"], name="silver_source"),)


class SilverItem(models.Model):
    """An item's soft label. Splits go by group, so that no author stands on both sides; golden items never enter."""

    class Split(models.TextChoices):
        TRAIN = "train"
        VALIDATION = "validation"
        HELD_OUT = "held_out"

    silver_set = models.ForeignKey(SilverSet, on_delete=models.CASCADE, related_name="silver_items")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="silver_items")
    p = ArrayField(models.FloatField())
    weight = models.FloatField(default=1.0)
    split = models.CharField(max_length=10, choices=Split)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["silver_set", "definition", "item"], name="silver_item"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="silver_weight_positive"),
        )
