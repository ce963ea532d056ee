"""How good probabilities p (n,) in [0, 1] are for labels y (n,) in {0, 1}: scores, calibration error, reliability.

    Brier     mean (p - y)^2, [0, 1]
    log loss  mean -ln(p if y else 1 - p), [0, inf); infinite, so undefined here, where a certain p is wrong
    ECE       sum_b n_b/n |mean y - mean p in b|, [0, 1] (Naeini, Cooper and Hauskrecht 2015)

ECE is never 0 on a finite sample, even of perfectly calibrated probabilities: it stands beside its null band, what it
would be if every label were drawn with its own p.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from raters.stats.intervals import percentile, skew_t, wilson
from raters.stats.resampling import MIN_ITEMS
from raters.stats.types import Estimate, FloatArray, IntArray

Scheme = Literal["equal_width", "equal_mass", "by_value"]
BINS = 10
FEW_VALUES = 20
NULL_DRAWS = 1000
EXACT_DRAWS = 5000
DIGITS = 9
NO_ITEMS = "no items"


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """ECE, and its mean and 95 % range under labels drawn with these very probabilities."""

    value: float | None
    null_mean: float | None
    null_low: float | None
    null_high: float | None
    bins: int
    scheme: Scheme
    n: int
    reason: str | None = None

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bin:
    """n items with probabilities from `low` to `high`: their mean, and the observed share with Wilson's interval."""

    low: float
    high: float
    n: int
    positives: int
    mean_probability: float
    share: float
    share_low: float
    share_high: float

    def as_dict(self) -> dict[str, float | int]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Murphy:
    """Brier = reliability - resolution + uncertainty + within (Murphy 1973; Stephenson, Coelho and Jolliffe 2008).

    `within` is what differing probabilities of one bin add; 0 where every bin holds one value.
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def brier(p: FloatArray, y: IntArray) -> Estimate:
    """Mean squared error.

    >>> round(brier(np.array([0.1, 0.9, 0.8, 0.3]), np.array([0, 1, 1, 0])).value, 4)
    0.0375
    """
    checked(p, y)
    return mean_loss((p - y) ** 2, "Brier score")


def log_loss(p: FloatArray, y: IntArray) -> Estimate:
    """Mean negative log likelihood in nats. Undefined where a probability of 0 or 1 is wrong."""
    return mean_loss(log_losses(p, y), "log loss")


def log_losses(p: FloatArray, y: IntArray) -> FloatArray:
    """Of each item, (n,); infinite where the label had probability 0."""
    checked(p, y)
    given = np.where(y == 1, p, 1 - p)
    return -np.log(given, out=np.full(len(given), -np.inf), where=given > 0)


def mean_loss(losses: FloatArray, name: str) -> Estimate:
    """The mean of n independent losses with an interval that allows for their skewness, refused below 10 items."""
    n = len(losses)
    if not n:
        return Estimate.undefined(NO_ITEMS)
    if certain := int((~np.isfinite(losses)).sum()):
        return Estimate.undefined(f"infinite: {certain} items have a label that was given probability 0", n)
    value = float(losses.mean())
    if n < MIN_ITEMS:
        return Estimate(value, None, None, None, None, n, f"interval refused: fewer than {MIN_ITEMS} items")
    se = float(losses.std(ddof=1)) / math.sqrt(n)
    if not se > 1e-12:
        return Estimate(value, None, None, None, None, n, f"interval refused: the {name} of every item is the same")
    low, high = skew_t(losses)
    return Estimate(
        value, se, max(0.0, low), high, "mean of independent items, t corrected for skewness (Hall)", n, None
    )


def bin_index(p: FloatArray, *, bins: int, scheme: Scheme) -> IntArray:
    """The bin of each probability (n,), from 0 on; some may stay empty.

    equal_width  (k/bins, (k + 1)/bins], 0 in the first. Found with whole numbers: 0.6 is not above 3/5.
    equal_mass   as equal in number as they can be while equal probabilities stay together.
    by_value     one bin for each distinct value.
    """
    whole = np.round(p * 10**DIGITS).astype(np.int64)
    if scheme == "equal_width":
        return np.asarray(np.maximum(-(-whole * bins // 10**DIGITS) - 1, 0), dtype=np.int64)
    _, index, sizes = np.unique(whole, return_inverse=True, return_counts=True)
    if scheme == "by_value":
        return index.astype(np.int64)
    last = np.cumsum(sizes)
    twice_middle = 2 * last - sizes
    return np.asarray((bins * twice_middle // (2 * max(len(p), 1)))[index], dtype=np.int64)


def expected_calibration_error(
    p: FloatArray,
    y: IntArray,
    *,
    bins: int = BINS,
    scheme: Scheme = "equal_width",
    seed: int = 0,
    draws: int = NULL_DRAWS,
) -> CalibrationError:
    """ECE with its null band from `draws` drawn sets of labels; 0 draws leave the band out."""
    n = len(p)
    if not n:
        return CalibrationError(None, None, None, None, bins, scheme, 0, NO_ITEMS)
    checked(p, y)
    index = np.unique(bin_index(p, bins=bins, scheme=scheme), return_inverse=True)[1]
    value = float(np.abs(np.bincount(index, weights=y - p)).sum() / n)
    if not draws:
        return CalibrationError(value, None, None, None, bins, scheme, n)
    null = null_errors(p, index, draws, np.random.default_rng(seed))
    low, high = percentile(null)
    return CalibrationError(value, float(null.mean()), low, high, bins, scheme, n)


def null_errors(p: FloatArray, index: IntArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """ECE (draws,) of labels drawn with probabilities p in the bins `index` (n,).

    Items of one probability and bin are drawn together as a binomial. Above 5,000 different ones, the sum of a bin,
    which then holds hundreds of labels unless it is of no weight, is drawn from the normal distribution.
    """
    bins = int(index.max()) + 1
    if len(np.unique(p)) <= EXACT_DRAWS:
        kinds, sizes = np.unique(np.column_stack([index, p]), axis=0, return_counts=True)
        starts = np.searchsorted(kinds[:, 0], np.arange(bins))
        gaps = [
            np.abs(np.add.reduceat(rng.binomial(sizes, kinds[:, 1]) - sizes * kinds[:, 1], starts)).sum()
            for _ in range(draws)
        ]
        return np.array(gaps) / len(p)
    spread = np.sqrt(np.bincount(index, weights=p * (1 - p), minlength=bins))
    return np.asarray(np.abs(rng.standard_normal((draws, bins)) * spread).sum(axis=1) / len(p))


def reliability_table(p: FloatArray, y: IntArray, *, bins: int = BINS, scheme: Scheme | None = None) -> list[Bin]:
    """The bins that hold items, in order. Without a scheme: by value below 20 distinct ones, else of equal mass."""
    checked(p, y)
    index = bin_index(p, bins=bins, scheme=scheme or _fitting_scheme(p))
    return [_bin(p[index == k], y[index == k]) for k in np.unique(index)]


def _bin(p: FloatArray, y: IntArray) -> Bin:
    n, positives = len(p), int(y.sum())
    low, high = wilson(positives, n)
    return Bin(float(p.min()), float(p.max()), n, positives, float(p.mean()), positives / n, low, high)


def _fitting_scheme(p: FloatArray) -> Scheme:
    """A bin for each value as long as these are few."""
    return "by_value" if len(np.unique(np.round(p, DIGITS))) < FEW_VALUES else "equal_mass"


def murphy(p: FloatArray, y: IntArray, *, bins: int = BINS, scheme: Scheme | None = None) -> Murphy | None:
    """The parts of the Brier score, over the bins of `reliability_table`; None without items."""
    if not len(p):
        return None
    checked(p, y)
    index = np.unique(bin_index(p, bins=bins, scheme=scheme or _fitting_scheme(p)), return_inverse=True)[1]
    size = np.bincount(index)
    share, mean_p = np.bincount(index, weights=y) / size, np.bincount(index, weights=p) / size
    base = float(y.mean())
    reliability = float(size @ (mean_p - share) ** 2 / len(p))
    resolution = float(size @ (share - base) ** 2 / len(p))
    uncertainty = base * (1 - base)
    within = float(np.mean((p - y) ** 2)) - (reliability - resolution + uncertainty)
    return Murphy(reliability, resolution, uncertainty, within)


def checked(p: FloatArray, y: IntArray) -> None:
    """Raises ValueError for unequal lengths, p outside [0, 1] or NaN, and other labels."""
    if p.shape != y.shape:
        raise ValueError(f"{len(p)} probabilities for {len(y)} labels")
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("probabilities must lie in 0..1")
    if not ((y == 0) | (y == 1)).all():
        raise ValueError("labels must be 0 or 1")
