from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Level
from labelhub.accounts.models import User

from .sets import RatingItem


class Rating(models.Model):
    """One rater's answer. Append-only by trigger: a correction is a new row that supersedes the old one.

    "Can't tell" is an answer without level: it uses a slot of the overlap and is missing in the statistics, never a
    class. A late answer whose slot is gone is kept with `counted` false.
    """

    class Answer(models.TextChoices):
        LEVEL = "level"
        CANNOT_TELL = "cannot_tell"

    class Source(models.TextChoices):
        BROWSER = "browser"
        IMPORTED = "imported"
        SIMULATED = "simulated"

    # Each index is paid for by every answer: what the two composite ones below serve has none of its own.
    rating_item = models.ForeignKey(RatingItem, on_delete=models.PROTECT, related_name="ratings", db_index=False)
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="ratings", db_index=False)
    occasion = models.PositiveSmallIntegerField(default=1)
    answer = models.CharField(max_length=12, choices=Answer, default=Answer.LEVEL)
    level = models.ForeignKey(
        Level, on_delete=models.PROTECT, null=True, blank=True, related_name="ratings", db_index=False
    )
    reason = models.CharField(max_length=200, blank=True)
    confidence = models.PositiveSmallIntegerField(null=True, blank=True)
    rationale = models.TextField(blank=True)
    evidence_ms = ArrayField(models.PositiveIntegerField(), default=list)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    submission_key = models.UUIDField(unique=True)
    counted = models.BooleanField(default=True)
    source = models.CharField(max_length=10, choices=Source, default=Source.BROWSER)
    shown = models.JSONField(default=dict, help_text="What the rater saw: the definition's hash.")
    created_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["rating_item", "rater", "occasion"],
                condition=Q(superseded_at=None, counted=True),
                name="rating_current_once",
            ),
            models.CheckConstraint(
                condition=Q(answer="level", level__isnull=False) | Q(answer="cannot_tell", level=None),
                name="rating_answer_fits_level",
            ),
        )
        indexes = (
            models.Index(fields=["rater", "-id"], name="rating_rater"),  # the last answers of a rater
            models.Index(fields=["rating_item", "rater"], name="rating_of_item"),
        )


class Flag(models.Model):
    """Somebody asks for a look at an item: a rater an expert, the third skip the owner, an adjudicator the definition's
    author."""

    class Kind(models.TextChoices):
        EXPERT = "expert", "For an expert"
        SKIPS = "skips", "Skipped three times"
        DEFINITION = "definition", "For the definition"

    rating_item = models.ForeignKey(RatingItem, on_delete=models.CASCADE, related_name="flags")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EXPERT)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    resolved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
