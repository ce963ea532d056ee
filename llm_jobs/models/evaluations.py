from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from labelhub.accounts.models import User
from raters.models import RatingItem, RatingSet


class Evaluation(models.Model):
    """A stored comparison of machines with humans. The same inputs give the same row: reading it again is free."""

    class Reference(models.TextChoices):
        LEAVE_ONE_OUT = "leave_one_out", "Leave-one-out consensus"
        ADJUDICATED = "adjudicated", "Adjudicated gold"

    class Split(models.TextChoices):
        DEV = RatingItem.Split.DEV
        TEST = RatingItem.Split.TEST
        ALL = "all", "Dev and test"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rating_set = models.ForeignKey(RatingSet, on_delete=models.CASCADE, related_name="evaluations")
    split = models.CharField(max_length=6, choices=Split)
    reference = models.CharField(max_length=15, choices=Reference)
    inputs_hash = models.CharField(max_length=64, unique=True)
    seed = models.BigIntegerField(default=0)
    code_version = models.CharField(max_length=40)
    inputs = models.JSONField()
    result = models.JSONField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(fields=["rating_set", "-id"], name="evaluation_set"),)

    def __str__(self) -> str:
        return self.rating_set.name
