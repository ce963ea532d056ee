"""The laws of probabilities: scores, calibrators, thresholds, fidelity."""

import numpy as np

from raters.stats.laws import Kernel
from raters.stats.types import FloatArray, IntArray
from tests.raters.stats.laws.shape import Checks, Rng, Samples, same, unchanged

Scored = tuple[FloatArray, IntArray]
Both = tuple[FloatArray, FloatArray]
FITTED = 2e-5  # where Newton's steps end


def scored(rng: Rng) -> Scored:
    """Scores on a grid, so that some are equal and some lie on the edges of bins."""
    n = int(rng.integers(8, 31))
    score = rng.integers(1, 20, n) / 20
    label = (rng.random(n) < score).astype(np.int64)
    label[:2] = 0, 1
    return score, label


def many(rng: Rng) -> Scored:
    score = rng.integers(1, 60, 80) / 60
    return score, (rng.random(80) < 0.3 + 0.7 * score).astype(np.int64)


def shuffled(sample: Scored, rng: Rng) -> Scored:
    to = rng.permutation(len(sample[0]))
    return sample[0][to], sample[1][to]


def twice(sample: Scored, rng: Rng) -> Scored:
    return np.tile(sample[0], 2), np.tile(sample[1], 2)


def bent(sample: Scored, rng: Rng) -> Scored:
    return (sample[0] + sample[0] ** 2) / 2, sample[1]


def fit_shuffled(kernel: Kernel, sample: Scored, rng: Rng) -> bool:
    to = rng.permutation(len(sample[0]))
    return same(kernel.values((sample[0][to], sample[1][to])), np.array(kernel.values(sample))[to], FITTED)


def fit_twice(kernel: Kernel, sample: Scored, rng: Rng) -> bool:
    return same(kernel.values(twice(sample, rng)), [*kernel.values(sample)] * 2, FITTED)


def fit_swapped(kernel: Kernel, sample: Scored, rng: Rng) -> bool:
    swapped = kernel.values((1 - sample[0], 1 - sample[1]))
    return same(swapped, [1 - p for p in kernel.values(sample)], FITTED)


def both(rng: Rng) -> Both:
    n, q = int(rng.integers(2, 9)), int(rng.integers(2, 5))
    return rng.dirichlet(np.ones(q), n), rng.dirichlet(np.ones(q), n)


def identity(kernel: Kernel, sample: Both, rng: Rng) -> bool:
    full = 1.0 if kernel.name == "top1_agreement" else 0.0
    return same(kernel.values((sample[0], sample[0])), [full], 1e-6)


def renamed(sample: Both, rng: Rng) -> Both:
    to = rng.permutation(sample[0].shape[1])
    return sample[0][:, to], sample[1][:, to]


def rows(sample: Both, rng: Rng) -> Both:
    to = rng.permutation(len(sample[0]))
    return sample[0][to], sample[1][to]


SAMPLES: Samples = {"score": scored, "calibrator": scored, "threshold": many, "fidelity": both}
CHECKS: Checks = {
    ("score", "item_order"): unchanged(shuffled),
    ("score", "duplication"): unchanged(twice),
    ("score", "class_swap"): unchanged(lambda sample, rng: (1 - sample[0], 1 - sample[1])),
    ("score", "monotone_scores"): unchanged(bent),
    ("calibrator", "item_order"): fit_shuffled,
    ("calibrator", "duplication"): fit_twice,
    ("calibrator", "class_swap"): fit_swapped,
    ("calibrator", "monotone_scores"): unchanged(bent, FITTED),
    ("threshold", "item_order"): unchanged(shuffled),
    ("threshold", "monotone_scores"): unchanged(bent),
    ("threshold", "duplication"): unchanged(twice),
    ("fidelity", "item_order"): unchanged(rows),
    ("fidelity", "duplication"): unchanged(lambda sample, rng: tuple(np.tile(each, (2, 1)) for each in sample)),
    ("fidelity", "level_renaming"): unchanged(renamed),
    ("fidelity", "identity"): identity,
    ("fidelity", "exchange"): unchanged(lambda sample, rng: sample[::-1]),
}
