from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Attribute, Item, Level
from labelhub.accounts.models import User

from .sets import RatingItem, RatingSet


class GoldLabel(models.Model):
    """The value of a golden item and where it comes from. No level = undecidable, which is an outcome, not a gap."""

    class Source(models.TextChoices):
        UNANIMOUS = "unanimous", "Unanimous"
        MAJORITY = "majority", "Majority"
        TIE = "tie", "Tie"
        MODEL = "model", "Model"
        ADJUDICATED = "adjudicated", "Adjudicated"
        CARRIED = "carried", "Carried over"
        IMPORTED = "imported", "Imported"

    class Reason(models.TextChoices):
        DEFINITION_GAP = "definition_gap", "Definition gap"
        RATER_SLIP = "rater_slip", "Rater slip"
        AMBIGUOUS = "ambiguous", "Truly ambiguous"
        BAD_MEDIA = "bad_media", "Bad media"

    rating_item = models.ForeignKey(RatingItem, on_delete=models.PROTECT, related_name="gold_labels")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=12, choices=Source)
    distribution = ArrayField(models.PositiveIntegerField(), help_text="Counted ratings per level, in level order.")
    adjudicator = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason_tag = models.CharField(max_length=15, choices=Reason, blank=True)
    note = models.TextField(blank=True)
    saw_machine = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["rating_item"], condition=Q(superseded_at=None), name="gold_current_once"),
        )

    def __str__(self) -> str:
        return f"{self.rating_item.item} in {self.rating_item.rating_set}"


class Exposure(models.Model):
    """A person has seen a machine, peer or gold label of an item: they no longer rate it in a golden set."""

    class Kind(models.TextChoices):
        MACHINE = "machine"
        PEER = "peer"
        GOLD = "gold"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="exposures")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="exposures")
    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="exposures")
    kind = models.CharField(max_length=8, choices=Kind)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["user", "item", "attribute", "kind"], name="exposure"),)


class Look(models.Model):
    """One evaluation of one new subject (annotator, prompt, calibrator or student) on a split.

    Re-reading a stored result is no new look.
    """

    rating_set = models.ForeignKey(RatingSet, on_delete=models.CASCADE, related_name="looks")
    split = models.CharField(max_length=6, choices=RatingItem.Split)
    subject_hash = models.CharField(max_length=64)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["rating_set", "split", "subject_hash"], name="look"),)
