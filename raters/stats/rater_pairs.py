"""Every two of some raters: how often they say the same of the items both rated, and Cohen's kappa.

The items of a pair are one draw each, so the share of equal answers is a binomial one (Wilson's interval).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from raters.stats.cohen import MIN_SHARED, cohen_from_table
from raters.stats.intervals import wilson
from raters.stats.types import Estimate, IntArray, Measurement, Ratings
from raters.stats.weights import agreement_weights, positions

TOO_FEW = f"fewer than {MIN_SHARED} items in common"


@dataclass(frozen=True, slots=True)
class RaterPair:
    """Two raters by index; `agreement` and `kappa` refuse an interval below `MIN_SHARED` items in common."""

    a: int
    b: int
    agreement: Estimate
    kappa: Estimate


def rater_pairs(ratings: Ratings, raters: Sequence[int], *, level: Measurement) -> list[RaterPair]:
    """All pairs of the raters (indexes, each once), in the order given; kappa is quadratic above nominal level.

    A rater may rate an item once. Pairs without an item in common are listed, with undefined figures.
    """
    q = ratings.q
    weights = agreement_weights("unweighted" if level == "nominal" else "quadratic", positions(ratings))
    given = np.full((len(raters), ratings.n_items), q, dtype=np.int64)
    for row, rater in zip(given, raters, strict=True):
        mine = ratings.rater == rater
        row[ratings.item[mine]] = ratings.level[mine]
    found = []
    for (i, a), (j, b) in combinations(enumerate(raters), 2):
        cells = np.bincount(given[i] * (q + 1) + given[j], minlength=(q + 1) ** 2)
        table = cells.reshape(q + 1, q + 1)[:q, :q].astype(np.int64)
        found.append(RaterPair(a, b, _agreement(table), _few_refused(cohen_from_table(table, weights).estimate)))
    return found


def _agreement(table: IntArray) -> Estimate:
    """Share of equal answers in a contingency table (q, q)."""
    n, same = int(table.sum()), int(np.trace(table))
    if not n:
        return Estimate.undefined("the raters share no item")
    low, high = wilson(same, n)
    return _few_refused(Estimate(same / n, None, low, high, "Wilson", n, None))


def _few_refused(estimate: Estimate) -> Estimate:
    if estimate.n >= MIN_SHARED or estimate.value is None:
        return estimate
    return Estimate(estimate.value, None, None, None, None, estimate.n, f"interval refused: {TOO_FEW}")
