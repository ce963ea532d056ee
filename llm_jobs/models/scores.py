from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.fields import RealField

from .students import Student, StudentHead


class ScoreSet(models.Model):
    """A student applied to the whole corpus. Its scores are built in a table aside and attached when complete."""

    class State(models.TextChoices):
        BUILDING = "building", "Building"
        COMPLETE = "complete", "Complete"
        DROPPED = "dropped", "Dropped"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    student = models.ForeignKey(Student, on_delete=models.PROTECT, related_name="score_sets")
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="score_sets")
    state = models.CharField(max_length=10, choices=State, default=State.BUILDING)
    n_items = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"scores of {self.student}"

    @property
    def partition(self) -> str:
        return f"llm_jobs_score_{self.pk}"


class Score(models.Model):
    """A student's probabilities for an item: one array over all its heads. LIST-partitioned by score set.

    No foreign key checks: a partition is filled by COPY from embeddings that hold valid items, and items are never
    deleted.
    """

    pk = models.CompositePrimaryKey("score_set_id", "item_id")
    score_set = models.ForeignKey(ScoreSet, on_delete=models.DO_NOTHING, db_constraint=False, related_name="scores")
    item = models.ForeignKey(Item, on_delete=models.DO_NOTHING, db_constraint=False, related_name="scores")
    content_hash = models.CharField(max_length=64)
    p = ArrayField(RealField())


class Publication(models.Model):
    """Which (score set, head) serves a definition now. Rollback is a new publication of an older score set."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="publications")
    student_head = models.ForeignKey(StudentHead, on_delete=models.PROTECT, related_name="publications")
    score_set = models.ForeignKey(ScoreSet, on_delete=models.PROTECT, related_name="publications")
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["definition"], condition=Q(retired_at=None), name="publication_current"),
        )

    def __str__(self) -> str:
        return f"{self.definition}, by {self.score_set.student}"
