from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Definition, Item, Level

from .runs import RunItem


class Annotation(models.Model):
    """A run's result for an item under a definition: a level, or a failure with its reason, never both, never neither.

    `p` is the probability vector in level order as the annotator gave it: uncalibrated, null where it gave none.
    """

    run_item = models.ForeignKey(RunItem, on_delete=models.CASCADE, related_name="annotations")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="annotations")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="annotations")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    p = ArrayField(models.FloatField(), null=True, blank=True)
    raw_score = models.FloatField(null=True, blank=True)
    rationale = models.TextField(blank=True)
    failure_code = models.CharField(max_length=40, blank=True)
    flags = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["run_item", "definition"], name="annotation_once"),
            models.CheckConstraint(
                condition=Q(level__isnull=False, failure_code="") | (Q(level=None) & ~Q(failure_code="")),
                name="annotation_level_or_failure",
            ),
        )
        indexes = (models.Index(fields=["definition", "item"], name="annotation_item"),)
