"""How frequent something is in the population that a sample was drawn from.

With inclusion probabilities pi the share is the ratio estimate of Hajek (1971),

    share = sum_i y_i / pi_i  /  sum_i 1 / pi_i,    y_i in {0, 1},

which is the plain share of the sample where all pi are equal. Without them only the sample's own share can be given.
"""

from __future__ import annotations

import math

import numpy as np

from raters.stats.intervals import wilson, wilson_effective
from raters.stats.resampling import MIN_ITEMS
from raters.stats.types import BoolArray, Estimate, FloatArray

MIN_POSITIVES, MIN_EFFECTIVE = 5, 8
"""Items of the rarer kind: seen, and left by unequal weights. At 50 items, a share of .1 and weights 3:1 they leave 5,
and intervals hold the truth in .91 of samples; at 10, in .95."""
UNWEIGHTED = "unweighted: the inclusion probabilities are unknown"


def share(holds: BoolArray, probability: FloatArray | None, *, seed: int = 0, replicates: int = 0) -> Estimate:
    """The share of the population for which `holds` (n,), with inclusion probabilities (n,) in (0, 1] where known.

    Range [0, 1]. Equal probabilities: Wilson's interval. Unequal ones: Wilson's at the effective number of items,
    refused below 10 items or 8 effective ones of the rarer kind. Unknown ones (None): the sample's own share with
    Wilson's interval, and the method says so. Nothing is drawn at random: `seed` and `replicates` change nothing and
    are taken for the sake of older callers.

    >>> share(np.array([True, False]), np.array([0.2, 0.8])).value
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
    return _hajek(holds, probability)


def _wilson(holds: BoolArray, method: str) -> Estimate:
    low, high = wilson(int(holds.sum()), len(holds))
    return Estimate(float(holds.mean()), None, low, high, method, len(holds), None)


def _hajek(holds: BoolArray, probability: FloatArray) -> Estimate:
    n = len(holds)
    weights = 1 / probability / (1 / probability).sum()
    value = float(weights @ holds)
    if n < MIN_ITEMS:
        return Estimate(value, None, None, None, None, n, f"interval refused: fewer than {MIN_ITEMS} items")
    if (few := effective_of_the_rarer(holds, weights)) < MIN_EFFECTIVE:
        why = f"interval refused: weighted, the sample carries {few:.3g} of the rarer kind (from {MIN_EFFECTIVE} on)"
        return Estimate(value, None, None, None, None, n, why)
    # Of a ratio: what each item adds is its weighted distance from the share.
    se = math.sqrt(n / (n - 1) * float(((weights * (holds - value)) ** 2).sum()))
    low, high = wilson_effective(value, se, otherwise=1 / float(weights @ weights))
    return Estimate(value, se, low, high, "Hajek, Wilson at the effective number of items", n, None)


def effective_of_the_rarer(holds: BoolArray, weights: FloatArray) -> float:
    """How many items of the rarer kind the weights (n,) leave: Kish's (sum w)^2 / sum w^2 of either kind, the smaller.
    Equal weights: their number."""
    kinds = (weights[holds], weights[~holds])
    return min(float(w.sum() ** 2 / (w @ w)) if len(w) else 0.0 for w in kinds)
