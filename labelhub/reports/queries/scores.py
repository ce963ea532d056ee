"""Scores of the corpus, counted in the database: a corpus may have ten million of them."""

from __future__ import annotations

from django.db.models import Count, DecimalField, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Floor, Least, TruncMonth
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual

from attributes.models import Attribute
from labelhub.lib.fields import RealField
from llm_jobs.models import Publication, Score, StudentHead
from llm_jobs.queries.scores import likeliest
from raters.models import RatingItem, RatingSet

BINS = 20
EXACT = DecimalField(max_digits=12, decimal_places=6)  # 0.9 as a float4 would fall below its bin


def of(publication: Publication) -> QuerySet[Score]:
    return Score.objects.filter(score_set=publication.score_set_id)


def by_level(scores: QuerySet[Score], head: StudentHead) -> dict[int, int]:
    """Level position -> number of items."""
    counted = scores.annotate(position=likeliest(head)).values_list("position").annotate(n=Count("item_id"))
    return dict(counted.order_by("position"))


def histogram(scores: QuerySet[Score], slot: int) -> list[int]:
    """How many probabilities at `slot` (0-based) fall into each of `BINS` equal bins of [0, 1]."""
    bin_ = Least(Floor(Cast(F(f"p__{slot}"), EXACT) * BINS), Value(BINS - 1), output_field=EXACT)
    rows = scores.annotate(bin=Cast(bin_, IntegerField())).values_list("bin").annotate(n=Count("item_id"))
    counts = dict(rows.order_by("bin"))
    return [counts.get(k, 0) for k in range(BINS)]


def by_month(scores: QuerySet[Score], head: StudentHead) -> list[tuple[str, int, int]]:
    """(month, level position, number of items) of the items whose time of publication is known."""
    dated = scores.filter(item__published_at__isnull=False)
    counted = (
        dated.annotate(month=TruncMonth("item__published_at"), position=likeliest(head))
        .values_list("month", "position")
        .annotate(n=Count("item_id"))
        .order_by("month", "position")
    )
    return [(f"{month:%Y-%m}", position, n) for month, position, n in counted]


def in_order(scores: QuerySet[Score], slot: int, *, after: tuple[float, int] | None = None) -> QuerySet[Score]:
    """Highest probability at `slot` first (ties by item), from behind the place `after` on.

    The first condition alone is a range of the partition's index on that probability; the second settles ties. The
    place is compared as the float4 it was read from, else a tie would be skipped or shown twice.
    """
    key = F(f"p__{slot}")
    if after is not None:
        p, item = Cast(Value(after[0]), RealField()), after[1]
        scores = scores.filter(LessThanOrEqual(key, p)).filter(Q(LessThan(key, p)) | Q(item_id__gt=item))
    return scores.order_by(key.desc(), "item_id")


def between(scores: QuerySet[Score], slot: int, low: float | None, high: float | None) -> QuerySet[Score]:
    """Scores whose probability at `slot` lies in [low, high]."""
    key = F(f"p__{slot}")
    if low is not None:
        scores = scores.filter(GreaterThanOrEqual(key, Cast(Value(low), RealField())))
    if high is not None:
        scores = scores.filter(LessThanOrEqual(key, Cast(Value(high), RealField())))
    return scores


def without_golden(scores: QuerySet[Score], attribute: Attribute) -> QuerySet[Score]:
    """Without the items that a golden set of the attribute holds."""
    golden = RatingItem.objects.filter(
        rating_set__purpose=RatingSet.Purpose.GOLDEN,
        rating_set__definition__attribute=attribute,
        item=OuterRef("item_id"),
    )
    return scores.filter(~Exists(golden), item__removed_at=None)
