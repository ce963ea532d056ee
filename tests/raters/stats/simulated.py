"""Raters and a model of known accuracy."""

import numpy as np

from raters.stats.types import IntArray, Ratings


def panel(
    seed: int, n_items: int, *, accuracy: float = 0.7, model: float = 0.7, q: int = 2, raters: int = 3
) -> tuple[Ratings, IntArray]:
    """Independent errors, spread evenly over the wrong levels; the model's labels come second."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, q, (n_items, 1))
    right = rng.random((n_items, raters + 1)) < np.append(np.full(raters, accuracy), model)
    wrong = (truth + rng.integers(1, q, (n_items, raters + 1))) % q
    labels = np.where(right, truth, wrong)
    return Ratings.from_matrix(labels[:, :raters], q=q, values=list(range(q))), labels[:, raters]
