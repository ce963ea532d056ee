"""Sets of labels that hold the true one with a stated chance, and which items they leave to humans.

Split conformal prediction (Vovk, Gammerman and Shafer 2005): with s_i the strangeness of the true label of n labelled
items, s_(k) the k-th smallest and k = ceil((n + 1)(1 - alpha)), a set of the labels with strangeness <= s_(k) holds the
true label of a further item of the same population with a chance of at least 1 - alpha. With one quantile for each
level (Mondrian) the chance holds within each true level, also within a rare one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from raters.stats.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Quantile:
    """The k-th smallest of n scores; `q` is None where k > n, and then `reason` says why."""

    k: int
    q: float | None
    n: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Routing:
    """What sets (n, levels) do: items with one label are decided, those with several or none go to humans."""

    n: int
    n_decided: int
    n_several: int
    n_empty: int


def conformal_quantile(scores: FloatArray, alpha: float) -> Quantile:
    """The quantile of strangeness scores (n,). Undefined with fewer than 1/alpha - 1 of them.

    >>> conformal_quantile(np.arange(1, 20) / 20, 0.1).k  # ceil(20 * 0.9), also where 20 * 0.9 is 18.000000000000004
    18
    """
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if not np.isfinite(scores).all():
        raise ValueError("scores must be finite")
    n = len(scores)
    k = math.ceil((n + 1) * (1 - Fraction(str(alpha))))
    if k > n:
        needed = math.ceil(1 / Fraction(str(alpha))) - 1
        return Quantile(k, None, n, f"undefined: {n} items, it takes {needed} for an error of {alpha:g}")
    return Quantile(k, float(np.partition(scores, k - 1)[k - 1]), n)


def quantiles_by_level(p: FloatArray, label: IntArray, alpha: float) -> tuple[Quantile, ...]:
    """One quantile a level of the strangeness 1 - p of the true label; p (n, q), label (n,) the level index."""
    _check(p)
    return tuple(conformal_quantile(1 - p[label == level, level], alpha) for level in range(p.shape[1]))


def label_sets(p: FloatArray, quantiles: tuple[Quantile, ...]) -> BoolArray:
    """Which levels each item's set holds, p (m, q) -> (m, q). A level without a quantile is in every set."""
    _check(p)
    limit = np.array([math.inf if quantile.q is None else quantile.q for quantile in quantiles])
    return np.asarray(1 - p <= limit + 1e-12)


def routing(sets: BoolArray) -> Routing:
    """Count the sets (m, q) by what becomes of the item."""
    size = sets.sum(axis=1)
    return Routing(len(sets), int((size == 1).sum()), int((size > 1).sum()), int((size == 0).sum()))


def _check(p: FloatArray) -> None:
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities must lie in 0..1")
