"""How a rating set stands: counts over items and raters, never the labels themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum

from ..models import Assignment, Flag, GoldLabel, Rating, RatingItem, RatingSet, SetRater
from ..queries import earlier
from ..queries import ratings as queries
from . import quality, reasons

SPLITS = tuple(RatingItem.Split.values)
SLOW_ENOUGH = 1 / 3  # a rater whose median time is below this share of the others' median answers very fast
FEW = 5  # answers below which pace says nothing


@dataclass(frozen=True)
class SplitCounts:
    """Items of one split: all, with every answer in, with too few for gold (thin), and their gold by source
    (undecidable ones are adjudicated)."""

    split: str
    label: str
    n_items: int = 0
    complete: int = 0
    thin: int = 0
    answers: int = 0
    wanted: int = 0
    agreed: int = 0
    tied: int = 0
    adjudicated: int = 0
    undecidable: int = 0

    @property
    def is_test(self) -> bool:
        return self.split == RatingItem.Split.TEST


@dataclass(frozen=True)
class Overview:
    """`flags` are for an expert, `notes` for the definition's author.

    `waiting`: items skipped so often that the owner must decide; `left_out`: items that no figure counts.
    """

    splits: list[SplitCounts]
    flags: int
    notes: int = 0
    waiting: int = 0
    left_out: int = 0

    def total(self, name: str) -> int:
        return sum(getattr(split, name) for split in self.splits)

    @property
    def answers(self) -> int:
        return self.total("answers")

    @property
    def wanted(self) -> int:
        return self.total("wanted")

    @property
    def n_items(self) -> int:
        return self.total("n_items")

    @property
    def complete(self) -> int:
        return self.total("complete")

    @property
    def tied(self) -> int:
        return self.total("tied")

    @property
    def undecidable(self) -> int:
        return self.total("undecidable")

    @property
    def with_level(self) -> int:
        return self.total("agreed") + self.total("adjudicated") - self.undecidable


def overview(rating_set: RatingSet) -> Overview:
    """Counts by split, four queries at any size."""
    items = RatingItem.objects.filter(rating_set=rating_set, exclude_reason="", role=_role(rating_set))
    counts = items.values("split").annotate(
        n_items=Count("pk"),
        complete=Count("pk", filter=Q(counted__gte=F("overlap"))),
        thin=Count("pk", filter=Q(counted__lt=2)),
        answers=Sum("counted"),
        wanted=Sum("overlap"),
    )
    agreed = [GoldLabel.Source.UNANIMOUS, *queries.CONTESTED]
    labels = queries.gold(items).values("rating_item__split")
    gold = labels.annotate(
        agreed=Count("pk", filter=Q(source__in=agreed)),
        tied=Count("pk", filter=Q(source=GoldLabel.Source.TIE)),
        adjudicated=Count("pk", filter=Q(source=GoldLabel.Source.ADJUDICATED)),
        undecidable=Count("pk", filter=Q(source=GoldLabel.Source.ADJUDICATED, level=None)),
    )
    found: dict[str, dict[str, Any]] = {row["split"]: {**row} for row in counts}
    for label in gold:
        found[label["rating_item__split"]] |= {**label}
    splits = [_split_counts(rating_set, found[split]) for split in SPLITS if split in found]
    aside = RatingItem.objects.filter(rating_set=rating_set).aggregate(
        waiting=Count("pk", filter=Q(asked_at__isnull=False, exclude_reason="")),
        left_out=Count("pk", filter=~Q(exclude_reason="")),
    )
    raised = Flag.objects.filter(rating_item__rating_set=rating_set, resolved_by=None).aggregate(
        flags=Count("pk", filter=Q(kind=Flag.Kind.EXPERT)), notes=Count("pk", filter=Q(kind=Flag.Kind.DEFINITION))
    )
    return Overview(splits, **raised, **aside)


def _role(rating_set: RatingSet) -> RatingItem.Role:
    """What the set is about; hidden checks are looked at on its page for quality."""
    return RatingItem.Role.TEACH if rating_set.teaches else RatingItem.Role.MEASURE


def _split_counts(rating_set: RatingSet, row: dict[str, Any]) -> SplitCounts:
    row.pop("rating_item__split", None)
    return SplitCounts(label=_label(rating_set, row["split"]), **row)


def _label(rating_set: RatingSet, split: str) -> str:
    if split == RatingItem.Split.TEST:
        return "Test, sealed" if rating_set.test_is_sealed else "Test, unsealed: serves as dev"
    return str(RatingItem.Split(split).label)


@dataclass(frozen=True)
class Pace:
    """A rater's work in a set. `median_s` and `cannot_tell` are None before the first answer.

    `very_fast`: most answers are below the set's limit, or the median is far below that of the others.
    """

    seat: SetRater
    n: int
    median_s: float | None
    cannot_tell: float | None
    very_fast: bool = False


def seats(rating_set: RatingSet) -> QuerySet[SetRater]:
    return rating_set.set_raters.select_related("user").order_by("-answered", "pk")


def paces(rating_set: RatingSet, shown: Collection[SetRater]) -> list[Pace]:
    """Number, median time and share of "can't tell" of these raters' answers in force, in their order."""
    answers = queries.counted(RatingItem.objects.filter(rating_set=rating_set))
    rows: dict[int, dict[str, Any]] = {
        row["rater"]: {**row}
        for row in answers.filter(rater__in=[seat.user_id for seat in shown])
        .values("rater")
        .annotate(
            n=Count("pk"),
            median=quality.Percentile(F("duration_ms"), at=0.5),
            untold=Count("pk", filter=Q(answer=Rating.Answer.CANNOT_TELL)),
            rushed=Count("pk", filter=quality.rushed(rating_set)),
        )
    }
    medians = sorted(row["median"] for row in rows.values() if row["median"] is not None)
    middle = medians[len(medians) // 2] if len(medians) > 1 else None
    return [_pace(seat, rows.get(seat.user_id), middle) for seat in shown]


def _pace(seat: SetRater, row: dict[str, Any] | None, middle: float | None) -> Pace:
    if row is None:
        return Pace(seat, 0, None, None)
    median = row["median"]
    beside_others = median is not None and middle is not None and median < SLOW_ENOUGH * middle
    fast = row["n"] >= FEW and (beside_others or row["rushed"] > row["n"] / 2)
    return Pace(seat, row["n"], None if median is None else median / 1000, row["untold"] / row["n"], fast)


def skip_reasons(seat: SetRater) -> list[tuple[str, int]]:
    """Why the rater gave items back that they have not answered since, the commonest first."""
    skipped = Assignment.objects.filter(
        rater=seat.user_id, rating_item__rating_set=seat.rating_set_id, state=Assignment.State.CANCELLED
    )
    rows = skipped.values("skip_reason").annotate(n=Count("pk")).order_by("-n", "skip_reason")
    return [(reasons.in_words(row["skip_reason"]), row["n"]) for row in rows[:5]]


def has_begun(seat: SetRater) -> bool:
    """Whether they were ever given an item of the set."""
    return Assignment.objects.filter(rater=seat.user_id, rating_item__rating_set=seat.rating_set_id).exists()


def listed_items(rating_set: RatingSet, which: str = "") -> QuerySet[RatingItem]:
    """Items that may be shown one by one, with the number of their open flags; `which` is missing, tied, flagged,
    waiting (for the owner), out (left out) or before (judged by its raters in an earlier set)."""
    flagged = queries.open_flags(rating_set).filter(rating_item=OuterRef("pk"))
    items = queries.visible(rating_set).filter(role=_role(rating_set)).select_related("item__media").order_by("pk")
    items = items.annotate(is_flagged=Exists(flagged))
    if which == "missing":
        return items.filter(counted__lt=F("overlap"), exclude_reason="")
    if which == "waiting":
        return items.filter(asked_at__isnull=False, exclude_reason="")
    if which == "before":
        return items.filter(item__in=earlier.judged_before(rating_set).values("rating_item__item"))
    if which == "out":
        return items.exclude(exclude_reason="")
    if which == "tied":
        return items.filter(pk__in=queries.needs_adjudication(rating_set).values("pk"))
    return items.filter(is_flagged=True) if which == "flagged" else items


@dataclass(frozen=True)
class Origin:
    """How an item's gold came about; without its level, which would tell what others said."""

    source: str
    adjudicator: str = ""
    saw_machine: bool = False
    reason: str = ""


def origins(items: Collection[RatingItem]) -> dict[int, Origin]:
    """Item -> how its gold came about, and who decided it."""
    labels = GoldLabel.objects.filter(rating_item__in=items, superseded_at=None).select_related("adjudicator")
    return {
        one.rating_item_id: Origin(
            str(one.get_source_display()),
            one.adjudicator.name if one.adjudicator else "",
            one.saw_machine,
            str(one.get_reason_tag_display()) if one.reason_tag else "",
        )
        for one in labels
    }


def listed_flags(rating_set: RatingSet) -> QuerySet[Flag]:
    """Open flags, oldest first; those on sealed test items are counted in the overview but not listed."""
    raised = queries.open_flags(rating_set).filter(rating_item__in=queries.visible(rating_set))
    return raised.select_related("rating_item__item", "rater").order_by("pk")


def changed_items(rating_set: RatingSet) -> int:
    """Items whose content has changed since they were drawn: earlier and later answers saw different things."""
    items = RatingItem.objects.filter(rating_set=rating_set)
    return items.exclude(content_hash=F("item__content_hash")).count()


def probabilities(rating_set: RatingSet) -> list[dict[str, Any]]:
    """Each stratum with its number of items, the least and the greatest chance among them, and how many have none that
    anybody knows; rarest chance first."""
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE)
    chance = F("inclusion_probability")
    rows = items.values("stratum").annotate(
        n=Count("pk"), low=Min(chance), high=Max(chance), unknown=Count("pk", filter=Q(inclusion_probability=None))
    )
    return [{**row} for row in rows.order_by("low", "stratum")[:50]]
