"""Agreement weights of pairs of levels: 1 on the diagonal, 0 for the greatest disagreement."""

from __future__ import annotations

from typing import Literal

import numpy as np

from raters.stats.types import FloatArray, Ratings

Weighting = Literal["unweighted", "linear", "quadratic", "ordinal"]


def agreement_weights(weighting: Weighting, positions: FloatArray) -> FloatArray:
    """The symmetric matrix w of shape (q, q).

    linear: w_kl = 1 - |x_k - x_l| / range; quadratic: w_kl = 1 - ((x_k - x_l) / range)^2, with x the positions of the
    levels on the *declared* scale, so that a level nobody used still takes its place (Cohen 1968; Gwet 2014, ch. 3).
    ordinal: w_kl = 1 - C(|k - l| + 1, 2) / C(q, 2), Gwet's, by rank alone; not the distance of Krippendorff's ordinal
    alpha, which depends on the labels.

    >>> agreement_weights("quadratic", np.array([0.0, 1.0, 2.0])).tolist()
    [[1.0, 0.75, 0.0], [0.75, 1.0, 0.75], [0.0, 0.75, 1.0]]
    """
    if weighting == "unweighted" or len(positions) == 1:
        return np.eye(len(positions))
    distance = np.abs(positions[:, None] - positions[None, :]) / (positions[-1] - positions[0])
    if weighting == "linear":
        return np.asarray(1 - distance)
    if weighting == "quadratic":
        return np.asarray(1 - distance**2)
    if weighting == "ordinal":
        rank = np.arange(len(positions))
        apart = np.abs(rank[:, None] - rank[None, :])
        return np.asarray(1 - apart * (apart + 1) / (len(rank) * (len(rank) - 1)))
    raise ValueError(f"weighting must be unweighted, linear, quadratic or ordinal, not {weighting!r}")


def positions(ratings: Ratings) -> FloatArray:
    """Where the levels stand on their scale: their values, or equally spaced where they have none. Shape (q,)."""
    return np.arange(ratings.q, dtype=np.float64) if ratings.values is None else ratings.values
