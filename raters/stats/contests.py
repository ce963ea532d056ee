"""A model against each rater, both held against the other raters of the item: the ground of the alternative annotator
test (`alt_test`), of its power (`alt_test_power`) and of its planning (`planning`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from raters.stats.types import BoolArray, FloatArray, IntArray, Ratings

Score = Literal["accuracy", "neg_rmse"]

MIN_RATERS_PER_ITEM = 2


@dataclass(frozen=True, slots=True, eq=False)
class Contests:
    """Row t: the model against `rater[t]` on `item[t]`. All of shape (n,)."""

    item: IntArray
    rater: IntArray
    model_wins: BoolArray
    rater_wins: BoolArray

    def of(self, rater: int) -> Contests:
        mine = self.rater == rater
        return Contests(self.item[mine], self.rater[mine], self.model_wins[mine], self.rater_wins[mine])

    @property
    def n_items(self) -> int:
        return int(np.count_nonzero(np.bincount(self.item)))

    @property
    def d(self) -> FloatArray:
        return self.rater_wins.astype(np.float64) - self.model_wins


def contests(ratings: Ratings, model: IntArray, *, score: Score, min_raters: int = MIN_RATERS_PER_ITEM) -> Contests:
    """Who comes closer to the other raters, for every rating that can be compared.

    model       level index (n_items,), -1 where the model failed or has no label: the item takes no part.
    min_raters  items with fewer ratings take no part; at least 2.

    Both scores fall with the summed distance to the others' ratings ([x != rating], or (x - rating)^2), so the sums
    are compared. Raises ValueError for labels of another length or outside the scale, repeated ratings, and `neg_rmse`
    without values.
    """
    if ratings.allow_repeats:
        raise ValueError("the test needs one rating per rater and item")
    if model.shape != (ratings.n_items,) or (len(model) and not -1 <= model.min() <= model.max() < ratings.q):
        raise ValueError(f"the model needs one label in -1..{ratings.q - 1} for each of {ratings.n_items} items")
    counts = ratings.counts()
    kept = (counts.sum(axis=1)[ratings.item] >= max(min_raters, MIN_RATERS_PER_ITEM)) & (model[ratings.item] >= 0)
    item, own = ratings.item[kept], ratings.level[kept]
    distance = _distances(ratings, score)
    to_all = counts @ distance
    of_rater = to_all[item, own]
    of_model = to_all[item, model[item]] - distance[own, model[item]]
    tie = np.isclose(of_rater, of_model, rtol=1e-9, atol=1e-9)
    return Contests(item, ratings.rater[kept], (of_model < of_rater) | tie, (of_rater < of_model) | tie)


def _distances(ratings: Ratings, score: Score) -> FloatArray:
    """Distances of the levels (q, q)."""
    if score == "accuracy":
        return 1 - np.eye(ratings.q)
    if score != "neg_rmse":
        raise ValueError(f"score must be accuracy or neg_rmse, not {score!r}")
    if ratings.values is None:
        raise ValueError("neg_rmse needs the levels as numbers")
    return np.asarray((ratings.values[:, None] - ratings.values[None, :]) ** 2)


def deviations(found: Contests, tested: IntArray, figure: FloatArray) -> Deviations:
    """A figure (n,) of every contest, taken apart by the tested raters (m,), each of whom has a contest."""
    column = np.full(int(found.rater.max(initial=-1)) + 1, -1)
    column[tested] = np.arange(len(tested))
    at = column[found.rater]
    item, x = found.item, figure
    if (at < 0).any():
        kept = at >= 0
        at, item, x = at[kept], item[kept], x[kept]
    n = np.bincount(at, minlength=len(tested)).astype(np.int64)
    mean = np.bincount(at, weights=x, minlength=len(tested)) / n
    return Deviations(item, at, (x - mean[at]) / n[at], mean, n)


@dataclass(frozen=True, slots=True, eq=False)
class Deviations:
    """Means (m,) of a figure by rater, over `n` (m,) items each, and what each contest adds to their errors.

    part   (t,): (x_ij - mean_j) / n_j of the contest on `item[t]` of the rater in column `at[t]`.
    """

    item: IntArray
    at: IntArray
    part: FloatArray
    mean: FloatArray
    n: IntArray

    def covariance(self) -> FloatArray:
        """Of the means, (m, m): sum_i (x_ij - mean_j)(x_ik - mean_k) / (n_j n_k) over the items both rated."""
        shape = (int(self.item.max(initial=-1)) + 1, len(self.mean))
        table = sparse.csr_matrix((self.part, (self.item, self.at)), shape=shape)
        return np.asarray((table.T @ table).todense())

    def variance_of_average(self) -> float:
        """Of the mean of the means: the sum of all covariances / m^2."""
        of_item = np.bincount(self.item, weights=self.part)
        return float(of_item @ of_item) / len(self.mean) ** 2
