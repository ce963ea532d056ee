"""Where raters disagree: by part of the set, by pair of levels, by what adjudication found; and on which items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from django.db.models import Count, Q, QuerySet

from labelhub.lib.arrays import integers
from raters.domain import agreement, consensus
from raters.domain.agreement import SetRatings
from raters.models import GoldLabel, RatingItem, RatingSet
from raters.queries import ratings as queries
from raters.stats.alpha import alpha_coefficient
from raters.stats.bootstrap import REPLICATES, estimates
from raters.stats.cohen import MIN_SHARED
from raters.stats.consensus import leave_one_out_consensus
from raters.stats.gwet import percent_agreement_coefficient
from raters.stats.types import BoolArray, FloatArray, IntArray, Measurement, Ratings

MAX_PARTS = 20
PART_FIELDS = {"stratum": "stratum", "group": "item__group_key"}


@dataclass(frozen=True)
class Wanted:
    """Which of the items that split the raters: all of them, or those of one cell of a report.

    rater, other   user uids: where the rater is alone against the others, or the two differ.
    levels         keys of two levels that were both given, "a~b".
    model          anything: where Dawid-Skene gives another label than the majority, or one of them none.
    """

    rater: str = ""
    other: str = ""
    levels: str = ""
    stratum: str = ""
    group: str = ""
    cohort: str = ""
    reason: str = ""
    model: str = ""

    @property
    def chosen(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


def item_disagreement(ratings: Ratings, level: Measurement) -> FloatArray:
    """Observed disagreement of each item, as alpha has it, (n_items,): NaN with fewer than two ratings.

    Nominal: the share of its pairs of ratings that differ. Above: their mean squared distance in steps of the scale.
    """
    counts = ratings.counts()
    n = counts.sum(axis=1)
    pairs = (n * (n - 1)).astype(np.float64)
    if level == "nominal":
        total = pairs - (counts * (counts - 1)).sum(axis=1)
    else:
        place = np.arange(ratings.q)
        total = 2.0 * (n * (counts @ place**2) - (counts @ place) ** 2)
    out = np.full(len(n), np.nan)
    np.divide(total, pairs, out=out, where=pairs > 0)
    return out


def level_pairs(ratings: Ratings) -> tuple[IntArray, IntArray]:
    """How many pairs of ratings of one item, and how many items, gave levels k and l; both (q, q), symmetric."""
    counts = ratings.counts()
    pairs = counts.T @ counts
    np.fill_diagonal(pairs, (counts * (counts - 1)).sum(axis=0) // 2)
    given = (counts > 0).astype(np.int64)
    return pairs, given.T @ given


def only(ratings: Ratings, keep: BoolArray) -> Ratings:
    """Some of the ratings; items and raters keep their numbers."""
    return replace(ratings, item=ratings.item[keep], rater=ratings.rater[keep], level=ratings.level[keep])


def parts(rating_set: RatingSet, split: str, loaded: SetRatings, seed: int) -> list[dict[str, Any]]:
    """The figures of each stratum, group and cohort that is large enough, the least agreement first in each kind."""
    level = agreement.measurement(rating_set)
    found = [
        {"kind": kind, "key": key, "cannot_tell": unsure, **_figures(only(loaded.ratings, keep), level, seed)}
        for kind, key, keep, unsure in _parts(rating_set, split, loaded)
    ]
    return sorted(found, key=lambda part: (part["kind"], _rank(part["percent_agreement"]["value"]), part["key"]))


def _rank(value: float | None) -> float:
    return 2.0 if value is None else value


def _parts(rating_set: RatingSet, split: str, loaded: SetRatings) -> Iterator[tuple[str, str, BoolArray, int]]:
    """Kind, name, which of the ratings are in it, and how many answers in it were "can't tell"."""
    measured = queries.measured(rating_set, split)
    for kind, field in PART_FIELDS.items():
        sizes = measured.exclude(Q((field, ""))).values_list(field).annotate(n=Count("pk"))
        large = list(sizes.filter(n__gte=MIN_SHARED).order_by("-n", field)[:MAX_PARTS])
        if kind == "stratum" and len(large) < 2:
            continue
        for key, _ in large:
            inside = integers(measured.filter(Q((field, key))).values_list("pk"))[:, 0]
            within = np.isin(loaded.rating_items, inside)
            yield kind, key, within[loaded.ratings.item], int(np.array(loaded.unsure_of)[within].sum())
    for cohort, members in cohorts(rating_set, loaded).items():
        if members.sum() > 1:
            yield "cohort", cohort, members[loaded.ratings.rater], int(np.array(loaded.unsure)[members].sum())


def cohorts(rating_set: RatingSet, loaded: SetRatings) -> dict[str, BoolArray]:
    """Cohort -> which of the raters belong to it, (n_raters,)."""
    of_user = dict(rating_set.set_raters.exclude(cohort="").order_by("cohort").values_list("user", "cohort"))
    mine = np.array([of_user.get(rater, "") for rater in loaded.raters], dtype=object)
    return {cohort: np.asarray(mine == cohort, dtype=np.bool_) for cohort in dict.fromkeys(of_user.values())}


def _figures(ratings: Ratings, level: Measurement, seed: int) -> dict[str, Any]:
    coefficients = [percent_agreement_coefficient(ratings), alpha_coefficient(ratings, level)]
    found = estimates(coefficients, ratings, seed=seed, replicates=REPLICATES)
    disagreement = item_disagreement(ratings, level)
    return {
        "n_items": int((ratings.counts().sum(axis=1) > 0).sum()),
        "n_labels": len(ratings),
        "n_disputed": int((disagreement > 0).sum()),
        **{name: estimate.as_dict() for name, estimate in found.items()},
    }


def decisions(rating_set: RatingSet) -> QuerySet[GoldLabel]:
    """What adjudicators decided, in force."""
    return GoldLabel.objects.filter(
        rating_item__rating_set=rating_set, superseded_at=None, source=GoldLabel.Source.ADJUDICATED
    )


def reasons(rating_set: RatingSet, split: str) -> dict[str, int]:
    """What adjudicators named as the reason, and of how many items."""
    decided = decisions(rating_set).filter(rating_item__in=queries.measured(rating_set, split))
    return dict(decided.values_list("reason_tag").annotate(n=Count("pk")).order_by("-n", "reason_tag"))


def items(rating_set: RatingSet, split: str, wanted: Wanted) -> list[int]:
    """Rating items of the split that are wanted, the most disputed first."""
    loaded = agreement.load(rating_set, split)
    ratings = loaded.ratings
    if wanted.cohort:
        nobody = np.zeros(len(loaded.raters), dtype=np.bool_)
        ratings = only(ratings, cohorts(rating_set, loaded).get(wanted.cohort, nobody)[ratings.rater])
    disagreement = item_disagreement(ratings, agreement.measurement(rating_set))
    keep = np.nan_to_num(disagreement) > 0
    if wanted.reason:
        decided = decisions(rating_set).filter(reason_tag=wanted.reason).values("rating_item")
        keep = _pks_in(loaded, queries.measured(rating_set, split).filter(pk__in=decided))
    if wanted.model:
        fitted = consensus.fit(rating_set)
        keep &= np.isin(loaded.rating_items, np.array(fitted.loaded.rating_items)[fitted.differs])
    for kind, field in PART_FIELDS.items():
        if value := getattr(wanted, kind):
            chosen = queries.measured(rating_set, split).filter(Q((field, value)))
            keep &= _pks_in(loaded, chosen)
    if wanted.levels:
        keep &= _gave_both(ratings, rating_set, wanted.levels)
    if wanted.rater:
        keep &= _stands_apart(ratings, loaded.uids, wanted)
    order = np.argsort(-np.nan_to_num(disagreement, nan=-1.0), kind="stable")
    return [loaded.rating_items[i] for i in order if keep[i]]


def _pks_in(loaded: SetRatings, chosen: QuerySet[RatingItem]) -> BoolArray:
    return np.isin(loaded.rating_items, integers(chosen.values_list("pk"))[:, 0])


def _gave_both(ratings: Ratings, rating_set: RatingSet, levels: str) -> BoolArray:
    keys = list(rating_set.definition.attribute.levels.values_list("key", flat=True))
    asked = levels.split("~")
    counts = ratings.counts()
    if not set(asked) <= set(keys):
        return np.zeros(len(counts), dtype=np.bool_)
    return np.asarray((counts[:, [keys.index(key) for key in asked]] > 0).all(axis=1))


def _stands_apart(ratings: Ratings, uids: list[str], wanted: Wanted) -> BoolArray:
    """Items on which the rater gave a level that the other gave not, or that is none of the others' commonest."""
    apart = np.zeros(ratings.n_items, dtype=np.bool_)
    if wanted.rater not in uids:
        return apart
    mine = ratings.rater == uids.index(wanted.rater)
    item, level = ratings.item[mine], ratings.level[mine]
    if not wanted.other:
        own = leave_one_out_consensus(ratings.counts()[item])[np.arange(len(item)), level]
        apart[item] = (own.sum(axis=1) > 0) & (own[np.arange(len(item)), level] == 0)
        return apart
    theirs = np.full(ratings.n_items, -1, dtype=np.int64)
    if wanted.other in uids:
        others = ratings.rater == uids.index(wanted.other)
        theirs[ratings.item[others]] = ratings.level[others]
    apart[item] = (theirs[item] >= 0) & (theirs[item] != level)
    return apart
