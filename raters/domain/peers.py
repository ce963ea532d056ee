"""Each rater against the others, and the agreement inside each cohort. Kept for a state of the set, as figures are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from django.core.cache import cache

from attributes.schema import digest
from labelhub.lib.errors import BadInput

from ..models import RatingSet
from ..stats.alpha import alpha_coefficient
from ..stats.bootstrap import REPLICATES, estimates
from ..stats.figures import Row
from ..stats.leave_one_out import leave_one_out
from ..stats.types import Estimate, Measurement, Ratings, Scale
from . import agreement, figures

FEW = 10  # items shared with others, below which a share says nothing
SPLIT = "all"


@dataclass(frozen=True)
class Share:
    """A share with its interval, None where it is not told; then `reason` says why."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Cohort:
    name: str
    n_raters: int
    alpha: Estimate


@dataclass(frozen=True)
class Peers:
    """`by_rater`: by user, how often a rater says what most of the others say of the same item.

    Leave-one-out: their own answer is not among those they are held against. Where the others tie, each of the tied
    levels counts in part.
    """

    by_rater: dict[int, Share]
    cohorts: list[Cohort]


def peers(rating_set: RatingSet) -> Peers:
    key = _key(rating_set)
    kept: Peers | None = cache.get(key)
    if kept is None:
        kept = _computed(rating_set)
        cache.set(key, kept, figures.KEPT_S)
    return kept


def known(rating_set: RatingSet) -> Peers | None:
    """The same when it needs no computing, else None."""
    kept: Peers | None = cache.get(_key(rating_set))
    return kept


def _key(rating_set: RatingSet) -> str:
    cohorts = list(rating_set.set_raters.exclude(cohort="").order_by("pk").values_list("user", "cohort"))
    return f"peers:{figures.state_key(rating_set, SPLIT)}:{digest(cohorts)[:16]}"


def _computed(rating_set: RatingSet) -> Peers:
    try:
        loaded = agreement.load(rating_set, SPLIT)
    except BadInput:  # no items
        return Peers({}, [])
    scale: Scale = rating_set.definition.attribute.scale  # type: ignore[assignment]  # the same three words
    positive = 1 if scale == "binary" else None  # which level is asked for does not matter to a share of equal answers
    rows = leave_one_out(loaded.ratings, {}, scale=scale, positive=positive).raters
    present = np.unique(loaded.ratings.rater).tolist()
    by_rater = {loaded.raters[rater]: _share(row) for rater, row in zip(present, rows, strict=True)}
    return Peers(by_rater, list(_cohorts(rating_set, loaded)))


def _share(row: Row) -> Share:
    if row.n_items < FEW:
        return Share(row.n_items, reason="too few" if row.n_items else "none shared with others")
    return Share(row.n_items, row.accuracy.value, row.accuracy.low, row.accuracy.high, row.accuracy.reason or "")


def _cohorts(rating_set: RatingSet, loaded: agreement.SetRatings) -> Iterable[Cohort]:
    """Alpha among the raters of each cohort, by name; nothing where no cohort is set."""
    of_user = dict(rating_set.set_raters.exclude(cohort="").values_list("user", "cohort"))
    level = agreement.measurement(rating_set)
    for name in sorted(set(of_user.values())):
        users = [user for user, cohort in of_user.items() if cohort == name]
        members = [index for index, user in enumerate(loaded.raters) if user in users]
        alone = Estimate.undefined("needs the answers of two")
        yield Cohort(name, len(users), _alpha(_only(loaded.ratings, members), level) if len(members) > 1 else alone)


def _only(ratings: Ratings, raters: list[int]) -> Ratings:
    mine = np.isin(ratings.rater, raters)
    return replace(ratings, item=ratings.item[mine], rater=ratings.rater[mine], level=ratings.level[mine])


def _alpha(ratings: Ratings, level: Measurement) -> Estimate:
    coefficient = alpha_coefficient(ratings, level)
    return next(iter(estimates([coefficient], ratings, seed=0, replicates=REPLICATES).values()))
