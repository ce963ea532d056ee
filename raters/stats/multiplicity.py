"""Several tests at once: adjusted p-values, to be compared with the level the whole family is to keep.

Every function takes p-values of shape (m,) in any order and returns adjusted ones in the same order, in [p, 1]: a test
is rejected at level q where its adjusted p is at most q. No test, no p-value: (0,) gives (0,). Raises ValueError for a
p-value outside 0..1 or NaN; a test without a p-value counts as 1, which the caller has to say.
"""

from __future__ import annotations

import numpy as np

from raters.stats.types import FloatArray, IntArray


def holm(p: FloatArray) -> FloatArray:
    """Step-down p-values that keep the chance of any false rejection (Holm 1979): running max of (m - i + 1) p_(i).

    >>> holm(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.06, 0.06]
    """
    order, sorted_p = _sorted(p)
    m = len(p)
    return _unsorted(np.maximum.accumulate(sorted_p * np.arange(m, 0, -1)), order)


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """Step-up p-values that keep the expected share of false ones among the rejected, for independent or positively
    dependent tests (Benjamini and Hochberg 1995): running min from the largest of m p_(i) / i.

    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03])).round(2).tolist()
    [0.03, 0.04, 0.04]
    """
    order, sorted_p = _sorted(p)
    m = len(p)
    return _unsorted(np.minimum.accumulate((sorted_p * m / np.arange(1, m + 1))[::-1])[::-1], order)


def benjamini_yekutieli(p: FloatArray) -> FloatArray:
    """As Benjamini-Hochberg under any dependence: times H_m = sum_{k=1..m} 1 / k (Benjamini and Yekutieli 2001).

    >>> benjamini_yekutieli(np.array([0.01, 0.04])).round(2).tolist()
    [0.03, 0.06]
    """
    return np.minimum(benjamini_hochberg(p) * harmonic(len(p)), 1.0)


def harmonic(m: int) -> float:
    """H_m = sum_{k=1..m} 1 / k; 0 for m = 0."""
    return float((1 / np.arange(1, m + 1)).sum())


def _sorted(p: FloatArray) -> tuple[IntArray, FloatArray]:
    p = np.asarray(p, dtype=np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p-values are numbers in 0..1, in one row")
    order = np.argsort(p, kind="stable")
    return order, p[order]


def _unsorted(adjusted: FloatArray, order: IntArray) -> FloatArray:
    back = np.empty_like(adjusted)
    back[order] = np.minimum(adjusted, 1.0)
    return back
