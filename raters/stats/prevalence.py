"""How frequent something is in the population that a sample was drawn from.

With inclusion probabilities pi the share is the ratio estimate of Hajek (1971),

    share = sum_i y_i / pi_i  /  sum_i 1 / pi_i,    y_i in {0, 1},

which is the plain share of the sample where all pi are equal. Without them only the sample's own share can be given.
"""

from __future__ import annotations

import numpy as np

from raters.stats.bootstrap import REPLICATES
from raters.stats.intervals import percentile, wilson
from raters.stats.resampling import MIN_ITEMS, resampled_sums, spread, unusable
from raters.stats.types import BoolArray, Estimate, FloatArray

UNWEIGHTED = "unweighted: the inclusion probabilities are unknown"


def share(holds: BoolArray, probability: FloatArray | None, *, seed: int = 0, replicates: int = REPLICATES) -> Estimate:
    """The share of the population for which `holds` (n,), with inclusion probabilities (n,) in (0, 1] where known.

    Range [0, 1]. Equal probabilities: Wilson's interval. Unequal ones: percentile bootstrap of the items, refused below
    10 items. Unknown ones (None): the sample's own share with Wilson's interval, and the method says so.

    >>> share(np.array([True, False]), np.array([0.2, 0.8]), replicates=0).value
    0.8
    """
    n = len(holds)
    if not n:
        return Estimate.undefined("no item has a gold label")
    if probability is None:
        return _wilson(holds, f"Wilson, {UNWEIGHTED}")
    if probability.shape != holds.shape or not ((probability > 0) & (probability <= 1)).all():
        raise ValueError("one inclusion probability in (0, 1] an item")
    if np.ptp(probability) < 1e-12:
        return _wilson(holds, "Wilson")
    return _hajek(holds, probability, seed, replicates)


def _wilson(holds: BoolArray, method: str) -> Estimate:
    low, high = wilson(int(holds.sum()), len(holds))
    return Estimate(float(holds.mean()), None, low, high, method, len(holds), None)


def _hajek(holds: BoolArray, probability: FloatArray, seed: int, replicates: int) -> Estimate:
    weights = 1 / probability
    features = np.column_stack([weights * holds, weights])
    ones = np.ones(len(holds), dtype=np.int64)
    sums = resampled_sums(features, ones, replicates, np.random.default_rng(seed))
    value, shares = float(features[:, 0].sum() / weights.sum()), sums[:, 0] / sums[:, 1]
    se = spread(shares) if len(shares) > 1 else None
    n = len(holds)
    if n < MIN_ITEMS:
        return Estimate(value, se, None, None, None, n, f"interval refused: fewer than {MIN_ITEMS} items")
    if reason := unusable(shares):
        return Estimate(value, se, None, None, None, n, reason)
    low, high = percentile(shares)
    return Estimate(value, se, low, high, f"Hajek, percentile item bootstrap, {len(shares)} replicates", n, None)
