"""Rating sets: items sampled for one definition to be judged by hand."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from attributes.models import Definition, Item, Level
from labelhub.accounts.models import User


class RatingSet(models.Model):
    """draft -> open (raters work) -> adjudicating (ties are decided) -> frozen (immutable, hashed).

    Purpose `golden` makes it a golden set: the measure that machines are held against.
    """

    class Purpose(models.TextChoices):
        GOLDEN = "golden", "Golden set"
        QUALIFICATION = "qualification", "Qualification"
        REVIEW = "review", "Review"
        DRIFT = "drift", "Drift check"

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        OPEN = "open", "Open"
        ADJUDICATING = "adjudicating", "Adjudicating"
        FROZEN = "frozen", "Frozen"

    class Ask(models.TextChoices):
        OFF = "off", "Off"
        OPTIONAL = "optional", "Optional"
        REQUIRED = "required", "Required"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="rating_sets")
    purpose = models.CharField(max_length=15, choices=Purpose, default=Purpose.GOLDEN)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=15, choices=State, default=State.DRAFT)
    overlap = models.PositiveSmallIntegerField(default=3)
    confidence_mode = models.CharField(max_length=10, choices=Ask, default=Ask.OFF)
    rationale_mode = models.CharField(max_length=10, choices=Ask, default=Ask.OPTIONAL)
    message = models.CharField(max_length=500, blank=True, help_text="What the owner tells the raters of this set.")
    qualification = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="admits",
        help_text="The set that a rater must have passed before this one takes their answers.",
    )  # fmt: skip
    pass_mark = models.FloatField(null=True, blank=True, help_text="Share of right answers that passes.")
    check_rate = models.FloatField(default=0, help_text="Share of hidden check items among what a rater is shown.")
    repeat_rate = models.FloatField(default=0, help_text="Share of a rater's own items that are asked again later.")
    repeat_after_days = models.PositiveSmallIntegerField(default=3)
    rushed_below_ms = models.PositiveIntegerField(default=1000, help_text="A quicker answer was hardly looked at.")
    design = models.JSONField(default=dict, help_text="How the items were chosen: method, filter, population, seed.")
    content_hash = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    frozen_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    unsealed_at = models.DateTimeField(null=True, blank=True, help_text="Since when the test split is dev for good.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["definition", "name"], name="rating_set_name"),
            models.CheckConstraint(
                condition=Q(check_rate__gte=0, check_rate__lte=0.5, repeat_rate__gte=0, repeat_rate__lte=0.5),
                name="rating_set_rates",
            ),
            models.CheckConstraint(
                condition=Q(pass_mark=None) | Q(purpose="qualification", pass_mark__gt=0, pass_mark__lte=1),
                name="rating_set_pass_mark",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_imported(self) -> bool:
        return bool(self.design.get("method") == "imported")

    @property
    def is_named(self) -> bool:
        """Whether only the raters who were named may rate it."""
        return bool(self.design.get("named_raters"))

    @property
    def teaches(self) -> bool:
        """Whether raters are told after each answer what was right, and why."""
        return self.purpose == self.Purpose.QUALIFICATION

    @property
    def test_is_sealed(self) -> bool:
        return self.unsealed_at is None


class SetRater(models.Model):
    """A person asked to rate a set. `order_seed` gives each their own order of the items.

    The counts are changed only under this row's lock, by the person's own answers: a total over a set is a sum over its
    few raters, not over its many ratings.
    """

    rating_set = models.ForeignKey(RatingSet, on_delete=models.CASCADE, related_name="set_raters")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="set_raters")
    quota = models.PositiveIntegerField(null=True, blank=True)
    cohort = models.CharField(max_length=60, blank=True)
    order_seed = models.IntegerField()
    turn = models.PositiveIntegerField(default=0, help_text="Items drawn so far: with the seed, where the next begins.")
    answered = models.PositiveIntegerField(default=0, help_text="Items with a counted answer of theirs.")
    stored = models.PositiveIntegerField(default=0, help_text="Answers kept, corrections and late ones included.")
    extra = models.PositiveIntegerField(default=0, help_text="Hidden checks and repeats answered.")
    attempt = models.PositiveSmallIntegerField(default=1, help_text="Of a qualification.")
    qualified_at = models.DateTimeField(null=True, blank=True, help_text="Since when this qualification is passed.")
    paused_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["rating_set", "user"], name="set_rater"),)


class RatingItem(models.Model):
    """An item in a rating set.

    Raters cannot tell the roles apart. Only `measure` enters the figures and has an overlap to fill; `check` (hidden
    among the others) and `teach` (in a qualification) have an answer key and are shown to everybody.

    `inclusion_probability` is fixed when the item is drawn and cannot be reconstructed later; null means unknown and
    allows unweighted figures only. `counted` ratings plus `claimed` leases never exceed the overlap: both are changed
    only under the row's lock, in `raters.domain.assignments`.
    """

    class Role(models.TextChoices):
        MEASURE = "measure"
        CHECK = "check"
        TEACH = "teach"

    class Split(models.TextChoices):
        SHOTS = "shots", "Shots"
        DEV = "dev", "Dev"
        TEST = "test", "Test (sealed)"

    rating_set = models.ForeignKey(
        RatingSet, on_delete=models.CASCADE, related_name="rating_items", db_index=False
    )  # the unique constraint begins with it
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="rating_items")
    content_hash = models.CharField(max_length=64)
    role = models.CharField(max_length=8, choices=Role, default=Role.MEASURE)
    stratum = models.CharField(max_length=120, blank=True)
    inclusion_probability = models.FloatField(null=True, blank=True)
    split = models.CharField(max_length=6, choices=Split, default=Split.DEV)
    fold = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField(default=0)
    counted = models.PositiveSmallIntegerField(default=0)
    claimed = models.PositiveSmallIntegerField(default=0)
    skips = models.PositiveSmallIntegerField(default=0, help_text="How often raters gave it back unrated.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="Skipped so often that its owner must decide.")
    overlap = models.PositiveSmallIntegerField()
    exclude_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["rating_set", "item"], name="rating_item"),
            models.CheckConstraint(
                condition=Q(counted__lte=F("overlap") - F("claimed")), name="rating_item_not_over_rated"
            ),
            models.CheckConstraint(
                condition=Q(inclusion_probability=None) | Q(inclusion_probability__gt=0, inclusion_probability__lte=1),
                name="rating_item_probability",
            ),
            models.CheckConstraint(
                condition=Q(split="dev", fold__isnull=False, fold__lte=4) | (~Q(split="dev") & Q(fold=None)),
                name="rating_item_fold_fits_split",
            ),
        )
        indexes = (
            # The queue: items of a set that still want a rating.
            models.Index(
                fields=["rating_set", "position"],
                condition=Q(role="measure", exclude_reason="", asked_at=None, counted__lt=F("overlap")),
                name="rating_item_wanted",
            ),
            # The few with an answer key.
            models.Index(fields=["rating_set", "position"], condition=~Q(role="measure"), name="rating_item_keyed"),
        )


class AnswerKey(models.Model):
    """The right answer to a check or teach item, and the clause of the definition that decides it."""

    rating_item = models.OneToOneField(RatingItem, on_delete=models.CASCADE, related_name="answer_key")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, related_name="+")
    clause = models.CharField(max_length=120, blank=True, help_text="Its path in the definition, such as includes.0.")
    note = models.TextField(blank=True, help_text="Why, in words for the rater.")
