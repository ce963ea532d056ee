from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Definition
from labelhub.accounts.models import User
from raters.models import RatingSet

from .annotators import Annotator
from .students import StudentHead


class Calibration(models.Model):
    """A map from a machine's raw probabilities to calibrated ones, fitted on the dev gold of a rating set.

    The machine is an annotator or a student's head. Append-only by trigger: the newest of a definition and machine is
    the one in use, and what was shown with an older one can still be read. `hash` names the machine's answers, the
    gold, the folds and the fit.
    """

    class Method(models.TextChoices):
        PLATT = "platt", "Platt"
        BETA = "beta", "Beta"
        ISOTONIC = "isotonic", "Isotonic"
        VENN_ABERS = "venn_abers", "Venn-Abers"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="calibrations")
    annotator = models.ForeignKey(
        Annotator, on_delete=models.PROTECT, null=True, blank=True, related_name="calibrations"
    )
    student_head = models.ForeignKey(
        StudentHead, on_delete=models.PROTECT, null=True, blank=True, related_name="calibrations"
    )
    rating_set = models.ForeignKey(RatingSet, on_delete=models.PROTECT, related_name="calibrations")
    method = models.CharField(max_length=12, choices=Method)
    params = models.JSONField(help_text="The fitted map, as raters.stats.level_calibration stores it.")
    metrics = models.JSONField(help_text="Cross-fitted over the stored folds of dev: n, log loss and Brier by method.")
    hash = models.CharField(max_length=64, unique=True)
    code_version = models.CharField(max_length=40)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(annotator__isnull=False, student_head=None) | Q(annotator=None, student_head__isnull=False),
                name="calibration_one_machine",
            ),
        )
        indexes = (
            # The calibration in use: the newest of a definition and machine.
            models.Index(fields=["definition", "annotator", "-id"], name="calibration_annotator"),
            models.Index(fields=["definition", "student_head", "-id"], name="calibration_student"),
        )

    def __str__(self) -> str:
        return f"{self.get_method_display()} on {self.rating_set}"
