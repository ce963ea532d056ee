"""Figures that were computed once and are read many times."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models.functions import Now

from attributes.models import Corpus


class ReportSnapshot(models.Model):
    """The figures of a report with the name of everything they depend on: the permanent link of a report.

    Never changed: other inputs make another row. `subject` is what the report is about (a rating set, a score set), so
    that its newest figures can still be shown, with their age said, when newer labels have come.
    """

    class Kind(models.TextChoices):
        AGREEMENT = "agreement", "Agreement of raters"
        PREVALENCE = "prevalence", "Prevalence in the corpus"
        ALT_TEST = "alt_test", "Alternative annotator test"
        ATTRIBUTES = "attributes", "Machines against humans across attributes"
        CALIBRATION = "calibration", "Calibration of probabilities"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="report_snapshots")
    kind = models.CharField(max_length=12, choices=Kind)
    subject = models.UUIDField()
    split = models.CharField(max_length=6, blank=True)
    inputs_hash = models.CharField(max_length=64)
    inputs = models.JSONField()
    payload = models.JSONField()
    code_version = models.CharField(max_length=40)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "inputs_hash"], name="report_snapshot"),)
        # The newest figures of a set or a score set.
        indexes = (models.Index(fields=["kind", "subject", "split", "-id"], name="report_snapshot_subject"),)
