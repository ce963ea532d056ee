"""Confidence intervals. Every function returns (low, high), (nan, nan) where the interval is undefined."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import expit, logit, ndtr, ndtri, stdtrit

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


def wilson_effective(share: float, se: float, *, otherwise: float) -> Interval:
    """Wilson's interval at the number of independent items that would leave this standard error (Kott and Carr 1997);
    `otherwise` is that number where the share is 0 or 1 and its error cannot be seen, such as Kish's 1 / sum w^2."""
    size = share * (1 - share) / se**2 if se > 0 else otherwise
    return wilson(share * size, size)


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


def root_t(value: float, se: float, df: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Of a figure up to 1 that sums disagreements, by Student's t on the scale sqrt(1 - value).

    Disagreements are counts, and the error of the root of a count hardly depends on its size: so close to 1, where the
    plain interval covers far too little (kappa .92 at 50 items: .89), this one stays right, and it never passes 1.
    sqrt(1 - v) -+ t(df) se / (2 sqrt(1 - v)), squared back. Undefined for df < 1 and at 1.
    """
    if df < 1 or value >= 1:
        return UNDEFINED
    root = math.sqrt(1 - value)
    half = float(stdtrit(df, (1 + confidence) / 2)) * se / (2 * root)
    return 1 - (root + half) ** 2, 1 - max(root - half, 0.0) ** 2


def logit_t(value: float, se: float, df: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Of a share, by Student's t on the scale ln(p / (1 - p)). Undefined for df < 1 and at 0 and 1."""
    if df < 1 or not 0 < value < 1:
        return UNDEFINED
    half = float(stdtrit(df, (1 + confidence) / 2)) * se / (value * (1 - value))
    low, high = expit([logit(value) - half, logit(value) + half])
    return float(low), float(high)


def skew_t(values: FloatArray, *, confidence: float = CONFIDENCE) -> Interval:
    """Of the mean of n independent values (n,), such as losses, whose few large ones make Student's t too short above.

    With t the studentised mean and a = skewness / sqrt(n), Hall's (1992) cubic t + a t^2/3 + a^2 t^3/27 + a/6 has no
    skewness left to first order; Student's quantiles go back through its inverse. Log loss at 50 items: .967 where t
    covers .924. Undefined below two values and where they are all equal.
    """
    n = len(values)
    if n < 2 or not values.std() > 1e-12:
        return UNDEFINED
    mean, sd = float(values.mean()), float(values.std(ddof=1))
    a = float(((values - mean) ** 3).mean()) / sd**3 / math.sqrt(n)
    quantile = float(stdtrit(n - 1, (1 + confidence) / 2))

    def back(t: float) -> float:
        return 3 / a * (float(np.cbrt(1 + a * (t - a / 6))) - 1) if a else t

    se = sd / math.sqrt(n)
    return mean - back(quantile) * se, mean - back(-quantile) * se


def studentised(value: float, se: float, replicates: FloatArray, errors: FloatArray) -> Interval:
    """Bootstrap-t: replicates (R,) of a mean, each with its own standard error (R,); those without one are left out.

    For skewed, unbounded values, where percentiles reach too little to the long side (Efron and Tibshirani 1993, 12.5).
    """
    defined = errors > 1e-12
    if not defined.any():
        return UNDEFINED
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile((replicates[defined] - value) / errors[defined], [tail, 1 - tail])
    return value - float(high) * se, value - float(low) * se


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


def bootstrap(
    value: float, replicates: FloatArray, jackknife: FloatArray, multiplicity: IntArray
) -> tuple[Interval, str]:
    """BCa, or percentile where BCa is undefined, and the method in words. Arguments as in `bca`, R > 0."""
    interval = bca(value, replicates, jackknife, multiplicity)
    if all(map(math.isfinite, interval)):
        return interval, f"BCa item bootstrap, {len(replicates)} replicates"
    return percentile(replicates), f"percentile item bootstrap, {len(replicates)} replicates (BCa is undefined here)"


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
