"""Confidence intervals. Every function returns (low, high), (nan, nan) where the interval is undefined."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from raters.stats.types import CONFIDENCE, FloatArray, IntArray

Interval = tuple[float, float]
UNDEFINED: Interval = (math.nan, math.nan)


def wilson(successes: float, n: float, *, confidence: float = CONFIDENCE) -> Interval:
    """Score interval of a proportion (Wilson 1927; Newcombe 1998, method 3). Undefined for n = 0.

    >>> tuple(round(bound, 4) for bound in wilson(81, 263))
    (0.2553, 0.3662)
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie in 0..n, got {successes} of {n}")
    if n == 0:
        return UNDEFINED
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def student_t(value: float, se: float, df: int, *, confidence: float = CONFIDENCE) -> Interval:
    """value -+ t(df) se. Undefined for df < 1."""
    if df < 1:
        return UNDEFINED
    half = float(stdtrit(df, (1 + confidence) / 2)) * se
    return value - half, value + half


def normal(value: float, se: float, *, confidence: float = CONFIDENCE) -> Interval:
    """value -+ z se."""
    half = float(ndtri((1 + confidence) / 2)) * se
    return value - half, value + half


def percentile(replicates: FloatArray, *, confidence: float = CONFIDENCE) -> Interval:
    """Percentile bootstrap interval of replicates of shape (R,) without NaN. Undefined for R = 0."""
    if not len(replicates):
        return UNDEFINED
    tail = (1 - confidence) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return float(low), float(high)


def bca(
    value: float,
    replicates: FloatArray,
    jackknife: FloatArray,
    multiplicity: IntArray,
    *,
    confidence: float = CONFIDENCE,
) -> Interval:
    """Bias-corrected and accelerated bootstrap interval (Efron 1987; Efron and Tibshirani 1993, ch. 14).

    replicates    shape (R,), without NaN.
    jackknife     shape (P,): the statistic without one item of each of P kinds.
    multiplicity  shape (P,): how many items are of each kind.

    Undefined when every replicate lies on one side of the value (no finite bias correction) or when leaving out an
    item never changes the statistic. Replicates equal to the value count half on each side.
    """
    z0 = _bias_correction(value, replicates)
    acceleration = _acceleration(jackknife, multiplicity)
    if not math.isfinite(z0) or not math.isfinite(acceleration):
        return UNDEFINED
    z = ndtri([(1 - confidence) / 2, (1 + confidence) / 2])
    low, high = np.quantile(replicates, ndtr(z0 + (z0 + z) / (1 - acceleration * (z0 + z))))
    return float(low), float(high)


def _bias_correction(value: float, replicates: FloatArray) -> float:
    if not len(replicates):
        return math.nan
    # Sums in another order differ in the last bits; those replicates are ties, not one side.
    ties = np.isclose(replicates, value, rtol=1e-12, atol=1e-12)
    below = (replicates < value) & ~ties
    return float(ndtri(np.mean(below) + np.mean(ties) / 2))


def _acceleration(jackknife: FloatArray, multiplicity: IntArray) -> float:
    deviation = np.average(jackknife, weights=multiplicity) - jackknife
    spread = float(multiplicity @ deviation**2)
    if not spread > 0:
        return math.nan
    skew = float(multiplicity @ deviation**3)
    return skew / float(6 * spread**1.5)
