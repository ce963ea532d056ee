"""From a coefficient and the count patterns of the items to an `Estimate`: value, standard error, BCa interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from raters.stats.intervals import bootstrap
from raters.stats.resampling import MIN_ITEMS, Patterns, few_of_the_rare, resampled_sums, spread, unusable
from raters.stats.types import Estimate, FloatArray, IntArray, Ratings, finite

REPLICATES = 2000


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement that depends on the items through sums.

    per_item   (P, q) counts -> (P, f): what one item of each pattern contributes. An all-zero row takes no part.
    value      (..., f) sums -> (...): the coefficient, NaN where undefined.
    needs_variation   undefined when all labels are equal.
    point      the value by another road than `value(sums)`; None for the same road.
    se         analytic standard error from (P, q) counts and (P,) multiplicities; None for the bootstrap's.
    """

    name: str
    per_item: Callable[[IntArray], FloatArray]
    value: Callable[[FloatArray], FloatArray]
    needs_variation: bool
    point: Callable[[IntArray], float] | None = None
    se: Callable[[IntArray, IntArray], float] | None = None
    se_method: str = "bootstrap"


def estimates(
    coefficients: Sequence[Coefficient], ratings: Ratings, *, seed: int, replicates: int
) -> dict[str, Estimate]:
    """Every coefficient by name, all on the same resamples of items.

    Items with one rating are resampled apart from those with more, so that they cannot move a coefficient that
    ignores them. `replicates` = 0 leaves out the bootstrap.
    """
    counts = ratings.counts()
    size = counts.sum(axis=1)
    several = counts[size >= 2]
    pairable, single = Patterns.of(several), Patterns.of(counts[size == 1])
    n = int(pairable.multiplicity.sum())
    if reason := _nothing_to_compare(ratings, n):
        return {coefficient.name: Estimate.undefined(reason, n) for coefficient in coefficients}
    rows = np.concatenate([pairable.rows, single.rows])
    multiplicity = np.concatenate([pairable.multiplicity, single.multiplicity])
    features = [coefficient.per_item(rows) for coefficient in coefficients]
    side_by_side = np.hstack(features)
    rng = np.random.default_rng(seed)
    split = len(pairable.rows)
    sums = resampled_sums(side_by_side[:split], pairable.multiplicity, replicates, rng)
    sums += resampled_sums(side_by_side[split:], single.multiplicity, replicates, rng)
    ends = np.cumsum([feature.shape[1] for feature in features])
    resampled = np.split(sums, ends[:-1], axis=1)
    return {
        coefficient.name: _estimate(coefficient, rows, multiplicity, feature, coefficient.value(own), several)
        for coefficient, feature, own in zip(coefficients, features, resampled, strict=True)
    }


def _nothing_to_compare(ratings: Ratings, n_pairable: int) -> str | None:
    if not len(ratings):
        return "no ratings"
    if np.count_nonzero(np.bincount(ratings.rater)) < 2:
        return "a single rater: agreement needs two"
    if not n_pairable:
        return "no item has two ratings"
    return None


def _estimate(
    coefficient: Coefficient,
    rows: IntArray,
    multiplicity: IntArray,
    features: FloatArray,
    replicates: FloatArray,
    pairable: IntArray,
) -> Estimate:
    total = multiplicity @ features
    value = float(coefficient.value(total))
    n = len(pairable)
    if not math.isfinite(value):
        return Estimate.undefined(_why_undefined(pairable), n)
    shown = coefficient.point(pairable) if coefficient.point else value
    defined = replicates[np.isfinite(replicates)]
    se = coefficient.se(rows, multiplicity) if coefficient.se else spread(defined)
    low, high, methods = None, None, []
    reason = _refusal(coefficient, pairable, replicates)
    if reason is None:
        involved = features.any(axis=1)
        jackknife = coefficient.value(total - features[involved])
        (low, high), how = bootstrap(value, defined, jackknife, multiplicity[involved])
        methods.append(how)
    if math.isfinite(se):
        methods.append(f"SE: {coefficient.se_method}")
    return Estimate(shown, finite(se), low, high, "; ".join(methods) or None, n, reason)


def _why_undefined(pairable: IntArray) -> str:
    if pairable.shape[1] < 2:
        return "no variation: the scale has a single level"
    if np.count_nonzero(pairable.sum(axis=0)) < 2:
        return "no variation: every label is the same"
    return "chance agreement is 1"


def _refusal(coefficient: Coefficient, pairable: IntArray, replicates: FloatArray) -> str | None:
    """Why an interval must not be shown, or None."""
    if not len(replicates):
        return "no interval asked for"
    if len(pairable) < MIN_ITEMS:
        return f"interval refused: fewer than {MIN_ITEMS} items have two ratings"
    few = few_of_the_rare(pairable.sum(axis=0)) if coefficient.needs_variation else None
    return few or unusable(replicates)
