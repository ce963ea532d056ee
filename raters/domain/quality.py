"""How carefully each rater of a set works, each thing apart: qualification, hidden checks, agreement with themselves,
pace, "can't tell".

None of it enters agreement, gold or any evaluation: it says something of raters, not of items.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from django.db.models import Aggregate, Count, F, FloatField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Greatest, Least

from ..models import Rating, RatingItem, RatingSet, SetRater
from ..queries import ratings as queries
from ..stats.cohen import MIN_SHARED, cohen_from_table
from ..stats.intervals import wilson
from ..stats.types import Estimate
from ..stats.weights import Weighting, agreement_weights
from . import qualifications
from .agreement import measurement
from .qualifications import Result

FASTEST = 3  # times the normal speed a clip can be played at
LONGEST_LOOK_MS = 10_000  # nobody has to look longer than this before answering


class Percentile(Aggregate):
    """A percentile of an expression, as a PostgreSQL ordered-set aggregate."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(at)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Share:
    """k of n with Wilson's interval; undefined where n is 0."""

    k: int = 0
    n: int = 0

    @property
    def value(self) -> float | None:
        return self.k / self.n if self.n else None

    @property
    def low(self) -> float | None:
        return wilson(self.k, self.n)[0] if self.n else None

    @property
    def high(self) -> float | None:
        return wilson(self.k, self.n)[1] if self.n else None


@dataclass(frozen=True)
class Again:
    """The same items answered by the same person twice: share the same, kappa, and the days between (median)."""

    same: Share
    kappa: Estimate
    days: float | None


@dataclass(frozen=True)
class Pace:
    """Seconds an answer, the median and the middle half; and how many were rushed of those that were timed."""

    n: int = 0
    median_s: float | None = None
    low_s: float | None = None
    high_s: float | None = None
    rushed: Share = Share()
    cannot_tell: Share = Share()


@dataclass(frozen=True)
class Care:
    """One rater of the set."""

    seat: SetRater
    qualification: Result | None
    checks: Share
    again: Again
    pace: Pace


def of_raters(rating_set: RatingSet, seats: Collection[SetRater]) -> list[Care]:
    """These raters' figures in their order; the same few queries however many they are."""
    users = [seat.user_id for seat in seats]
    passed, checks = _qualified(rating_set, users), _checks(rating_set, users)
    again, paces = _again(rating_set, users), _paces(rating_set, users)
    return [
        Care(
            seat=seat,
            qualification=passed.get(seat.user_id),
            checks=checks.get(seat.user_id, Share()),
            again=again[seat.user_id],
            pace=paces.get(seat.user_id, Pace()),
        )
        for seat in seats
    ]


def _qualified(rating_set: RatingSet, users: Collection[int]) -> dict[int, Result]:
    """How the latest attempt at the set's qualification stands, for who has begun it."""
    asked = rating_set.qualification
    if asked is None:
        return {}
    seats = list(SetRater.objects.filter(rating_set=asked, user__in=users))
    return {user: result for (_, user), result in qualifications.results([asked], seats).items()}


def _in_force(rating_set: RatingSet, users: Collection[int]) -> QuerySet[Rating]:
    of_set = Rating.objects.filter(rating_item__rating_set=rating_set, rater__in=users)
    return of_set.filter(counted=True, superseded_at=None)


def _checks(rating_set: RatingSet, users: Collection[int]) -> dict[int, Share]:
    """Right answers to hidden checks; "can't tell" is not right."""
    answers = _in_force(rating_set, users).filter(rating_item__role=RatingItem.Role.CHECK, occasion=1)
    right = Count("pk", filter=Q(level=F("rating_item__answer_key__level")))
    rows = answers.values("rater").annotate(n=Count("pk"), right=right).order_by()
    return {row["rater"]: Share(row["right"], row["n"]) for row in rows}


def _again(rating_set: RatingSet, users: Collection[int]) -> dict[int, Again]:
    """Each later answer beside the one before it; pairs with a "can't tell" are left out, as in every agreement."""
    measured = _in_force(rating_set, users).filter(rating_item__role=RatingItem.Role.MEASURE)
    before = measured.filter(
        rating_item=OuterRef("rating_item"), rater=OuterRef("rater"), occasion=OuterRef("occasion") - 1
    )
    pairs = queries.with_level(measured).filter(occasion__gt=1).annotate(
        first=Subquery(before.values("level__position")[:1]), since=Subquery(before.values("created_at")[:1])
    )  # fmt: skip
    found: dict[int, list[tuple[int, int, dt.timedelta]]] = defaultdict(list)
    rows = pairs.filter(first__isnull=False).values_list("rater", "first", "level__position", "created_at", "since")
    for rater, first, second, at, since in rows:
        found[rater].append((first, second, at - since))
    q = rating_set.definition.attribute.levels.count()
    weighting: Weighting = "quadratic" if measurement(rating_set) == "ordinal" else "unweighted"
    weights = agreement_weights(weighting, np.arange(q, dtype=np.float64))
    return {user: _agreement(found[user], q, weights) for user in users}


def _agreement(pairs: list[tuple[int, int, dt.timedelta]], q: int, weights: Any) -> Again:
    table = np.zeros((q, q), dtype=np.int64)
    for first, second, _ in pairs:
        table[first, second] += 1
    same = Share(int(np.trace(table)), len(pairs))
    kappa = Estimate.undefined(f"{MIN_SHARED} pairs are needed", len(pairs))
    if len(pairs) >= MIN_SHARED:
        kappa = cohen_from_table(table, weights).estimate
    days = median(between.total_seconds() for *_, between in pairs) / 86_400 if pairs else None
    return Again(same, kappa, days)


def _paces(rating_set: RatingSet, users: Collection[int]) -> dict[int, Pace]:
    answers = queries.counted(RatingItem.objects.filter(rating_set=rating_set)).filter(rater__in=users)
    rows = answers.values("rater").annotate(
        n=Count("pk"),
        timed=Count("duration_ms"),
        rushed=Count("pk", filter=rushed(rating_set)),
        untold=Count("pk", filter=Q(answer=Rating.Answer.CANNOT_TELL)),
        q1=Percentile(F("duration_ms"), at=0.25),
        q2=Percentile(F("duration_ms"), at=0.5),
        q3=Percentile(F("duration_ms"), at=0.75),
    )
    return {
        row["rater"]: Pace(
            n=row["n"],
            median_s=_seconds(row["q2"]),
            low_s=_seconds(row["q1"]),
            high_s=_seconds(row["q3"]),
            rushed=Share(row["rushed"], row["timed"]),
            cannot_tell=Share(row["untold"], row["n"]),
        )
        for row in rows.order_by()
    }


def rushed(rating_set: RatingSet) -> Q:
    """Of a rating: given so fast that the item can hardly have been looked at.

    Below the set's limit; or, where the item is a clip, before it can have been seen to its end at the greatest speed,
    of which 10 s are asked at most.
    """
    clip = Coalesce(F("rating_item__item__media__duration_ms"), Value(0)) / Value(FASTEST, output_field=FloatField())
    least = Greatest(Value(float(rating_set.rushed_below_ms)), Least(clip, Value(float(LONGEST_LOOK_MS))))
    return Q(duration_ms__lt=least)


def least_look_ms(rating_set: RatingSet, clip_ms: int) -> int:
    """The rule of `rushed` for one item: an answer in less time is rushed. `clip_ms` is 0 for what is no clip."""
    return math.ceil(max(rating_set.rushed_below_ms, min(clip_ms / FASTEST, LONGEST_LOOK_MS)))


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
