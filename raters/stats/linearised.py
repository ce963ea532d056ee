"""Intervals without resampling, by the influence of each item, for so many items that the bootstrap is only slow.

A figure g of sums T = sum_i x_i over items changes by psi_i = grad g(T) . x_i with item i, to first order, so

    Var g ~ n/(n - 1) sum_i (psi_i - mean psi)^2,    interval g -+ 1.96 SE

which is what the item bootstrap converges to (infinitesimal jackknife: Jaeckel 1972; Efron 1982, ch. 6). The gradient
is taken by differences, so every figure of a confusion matrix is served alike. A level that occurs a few times only
makes macro averages jump between resamples, which no gradient sees: then the bootstrap must do it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from raters.stats.confusion import margins
from raters.stats.types import FloatArray, IntArray

MANY_ITEMS = 10_000
MIN_MARGIN = 50
STEP = 1e-3


def carries(totals: FloatArray, n_items: int) -> bool:
    """Whether confusions (..., q, q) of so many items may be linearised: no level that is there has few labels."""
    held = np.stack(margins(totals))
    return n_items > MANY_ITEMS and not bool(((held > 0) & (held < MIN_MARGIN)).any())


def standard_errors(
    figures: Callable[[FloatArray], FloatArray], features: FloatArray, multiplicity: IntArray
) -> FloatArray:
    """Standard errors (F,) of figures of sums.

    figures       (m, c) sums -> (m, F), smooth in the sums that are above 0; NaN where undefined.
    features      (K, c): what one item of each kind contributes, >= 0.
    multiplicity  (K,): how many items are of each kind.
    """
    total = multiplicity @ features
    inside = np.flatnonzero(total > 0)
    # A step in proportion to the sum keeps it above 0, however rare what it counts.
    steps = STEP * total[inside]
    moved = np.repeat(total[None, :], 2 * len(inside), axis=0)
    rows = np.arange(len(inside))
    moved[rows, inside] += steps
    moved[rows + len(inside), inside] -= steps
    reached = figures(moved)
    gradient = (reached[: len(inside)] - reached[len(inside) :]) / (2 * steps[:, None])
    influence = features[:, inside] @ gradient
    n = int(multiplicity.sum())
    centred = influence - multiplicity @ influence / n
    return np.sqrt(multiplicity @ centred**2 * n / (n - 1))
