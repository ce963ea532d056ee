"""Cohen's kappa of two raters on the items both rated.

    kappa = (p_o - p_e) / (1 - p_e),  p_o = sum_ij w_ij p_ij,  p_e = sum_ij w_ij p_i. p_.j

with weights on the declared scale. Range [-1, 1]; undefined when p_e = 1 (both used one and the same level). Two
standard errors (Fleiss, Cohen and Everitt 1969): the asymptotic one for the interval and `ase0`, valid under
kappa = 0, for the test only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from raters.stats.intervals import root_t
from raters.stats.resampling import few_of_the_rare
from raters.stats.types import Estimate, FloatArray, IntArray, Measurement, Ratings
from raters.stats.weights import Weighting, agreement_weights, positions

MIN_SHARED = 10
MAX_PAIRS = 50


@dataclass(frozen=True, slots=True)
class CohenKappa:
    """An estimate with the standard error under the hypothesis kappa = 0 (None where undefined)."""

    estimate: Estimate
    ase0: float | None

    def as_dict(self) -> dict[str, float | int | str | None]:
        return {**self.estimate.as_dict(), "ase0": self.ase0}


def cohen_from_table(table: IntArray, w: FloatArray) -> CohenKappa:
    """Kappa of a contingency table (q, q), rater 1 in rows, under agreement weights w (q, q).

    >>> round(cohen_from_table(np.array([[20, 5], [10, 15]]), np.eye(2)).estimate.value, 6)
    0.4
    """
    n = int(table.sum())
    if n == 0:
        return CohenKappa(Estimate.undefined("the raters share no item"), None)
    p = table / n
    row, column = p.sum(axis=1), p.sum(axis=0)
    expected = np.outer(row, column)
    pe = float((w * expected).sum())
    if not 1 - pe > 1e-12:
        return CohenKappa(Estimate.undefined("no variation: both raters used one and the same level", n), None)
    kappa = (float((w * p).sum()) - pe) / (1 - pe)
    mean_weight = (w @ column)[:, None] + (row @ w)[None, :]
    variance = float((p * (w - mean_weight * (1 - kappa)) ** 2).sum()) - (kappa - pe * (1 - kappa)) ** 2
    variance0 = float((expected * (w - mean_weight) ** 2).sum()) - pe**2
    # A variance that is 0 by algebra comes out as +-1e-17.
    se, ase0 = (math.sqrt(max(v, 0.0) / n) / (1 - pe) for v in (variance, variance0))
    if se < 1e-8:
        reason = "interval refused: the asymptotic standard error is 0"
        return CohenKappa(Estimate(kappa, 0.0, None, None, "SE: asymptotic", n, reason), ase0)
    if few := few_of_the_rare(table.sum(axis=0) + table.sum(axis=1)):
        return CohenKappa(Estimate(kappa, se, None, None, "SE: asymptotic", n, few), ase0)
    low, high = root_t(kappa, se, n - 1)
    return CohenKappa(
        Estimate(kappa, se, max(low, -1.0), high, f"asymptotic, t with {n - 1} df on the root", n, None), ase0
    )


def cohen_kappa(ratings: Ratings, *, raters: tuple[int, int] = (0, 1), weighting: Weighting = "unweighted") -> Estimate:
    """Cohen's kappa of two raters by index."""
    w = agreement_weights(weighting, positions(ratings))
    return cohen_from_table(contingency(ratings, *raters), w).estimate


def contingency(ratings: Ratings, a: int, b: int) -> IntArray:
    """Contingency table (q, q) of raters a and b; of a repeated rating the first counts."""
    sheets = _sheets(ratings)
    return _table(sheets[a], sheets[b], ratings.n_items, ratings.q)


Sheet = tuple[IntArray, IntArray]  # the items of one rater, each once, and their levels


def _sheets(ratings: Ratings) -> list[Sheet]:
    """Of every rater by index."""
    cells, first = np.unique(ratings.rater * ratings.n_items + ratings.item, return_index=True)
    starts = np.searchsorted(cells, ratings.n_items * np.arange(1, ratings.n_raters))
    return list(zip(np.split(ratings.item[first], starts), np.split(ratings.level[first], starts), strict=True))


def _table(one: Sheet, other: Sheet, n_items: int, q: int) -> IntArray:
    place = np.full(n_items, -1, dtype=np.int64)
    place[one[0]] = one[1]
    met = place[other[0]]
    cells = (met * q + other[1])[met >= 0]
    return np.bincount(cells, minlength=q * q).astype(np.int64).reshape(q, q)


def cohen_table(ratings: Ratings, *, level: Measurement) -> dict[str, object]:
    """Kappa of the pairs of raters with at least 10 shared items, the 50 pairs that share most.

    `{"pairs": [{"raters": [name, name], value, se, low, high, method, n, reason, ase0}], "n_pairs_left_out": int}`;
    above nominal level a pair also has `linear` and `quadratic`, weighted kappas of the same keys. Left out are pairs
    that share at least one item and are not listed.
    """
    a, b, shared = shared_items(ratings)
    large = shared >= MIN_SHARED
    order = np.lexsort((b[large], a[large], -shared[large]))[:MAX_PAIRS]
    chosen = zip(a[large][order].tolist(), b[large][order].tolist(), strict=True)
    sheets = _sheets(ratings)
    pairs = [_pair(ratings, sheets, first, second, level) for first, second in chosen]
    return {"pairs": pairs, "n_pairs_left_out": len(shared) - len(pairs)}


def shared_items(ratings: Ratings) -> tuple[IntArray, IntArray, IntArray]:
    """Pairs of raters (a < b) that share an item, and how many items they share."""
    rated = sparse.csr_array(
        (np.ones(len(ratings), dtype=np.int64), (ratings.item, ratings.rater)),
        shape=(ratings.n_items, ratings.n_raters),
    )
    rated.sum_duplicates()
    rated.data[:] = 1  # an item rated twice by one rater is one shared item
    pairs = sparse.triu(rated.T @ rated, k=1).tocoo()
    a, b, n = (np.asarray(part, dtype=np.int64) for part in (pairs.row, pairs.col, pairs.data))
    return a, b, n


def _pair(ratings: Ratings, sheets: list[Sheet], a: int, b: int, level: Measurement) -> dict[str, object]:
    table = _table(sheets[a], sheets[b], ratings.n_items, ratings.q)
    where = positions(ratings)
    pair: dict[str, object] = {"raters": [ratings.rater_names[a], ratings.rater_names[b]]}
    pair |= cohen_from_table(table, agreement_weights("unweighted", where)).as_dict()
    if level != "nominal":
        for weighting in ("linear", "quadratic"):
            pair[weighting] = cohen_from_table(table, agreement_weights(weighting, where)).as_dict()
    return pair
