from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.leases import Leased

from .corpora import Corpus


class Job(Leased):
    """Background work other than run items and assignments: an import, embedding, training, scoring.

    The row is the record and the broker's message only a doorbell: a scheduled sweep rings again for rows that wait.
    """

    class Kind(models.TextChoices):
        IMPORT_CORPUS = "import_corpus", "Import items"
        INDEX_ITEMS = "index_items", "Index items for search"
        EMBED = "embed", "Embed items"
        TRAIN_STUDENT = "train_student", "Train a student"
        SCORE_CORPUS = "score_corpus", "Score the corpus"
        REFRESH_REPORTS = "refresh_reports", "Bring figures up to date"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=20, choices=Kind)
    params = models.JSONField(default=dict)
    dedupe_key = models.CharField(max_length=120)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            # The same work asked for twice is one job while it is under way.
            models.UniqueConstraint(
                fields=["dedupe_key"], condition=Q(state__in=["queued", "leased"]), name="job_active_once"
            ),
        )
        indexes = (
            models.Index(fields=["id"], condition=Q(state__in=["queued", "leased"]), name="job_open"),  # the sweep
            models.Index(fields=["corpus", "-id"], name="job_corpus"),  # the corpus's activity list
        )

    def __str__(self) -> str:
        return str(self.Kind(self.kind).label)
