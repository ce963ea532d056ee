"""How much there is to learn from an item, as a number from 0 to 1: what draws can go by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def entropy(p: Float) -> Float:
    """Shannon entropy of probability vectors (n, q), as a share of the greatest: 0 sure, 1 every level as likely.

    Rows are taken in proportion to their sum; a row of zeros says nothing and has 1. q = 1 has nothing to tell: 0.

    >>> entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    n, q = p.shape
    if q < 2:
        return np.zeros(n)
    if not (np.isfinite(p) & (p >= 0)).all():
        raise ValueError("probabilities must be finite and at least 0")
    total = p.sum(axis=1, keepdims=True)
    share = np.divide(p, total, out=np.full(p.shape, 1 / q), where=total > 0)
    logs = np.log(share, out=np.zeros(p.shape), where=share > 0)
    return np.asarray(np.clip(-(share * logs).sum(axis=1) / np.log(q), 0.0, 1.0) + 0.0)  # no -0


def disagreement(counts: NDArray[np.int64]) -> Float:
    """Share of the pairs of labels of an item that differ, from counts (n, q): 1 - pairwise agreement (Fleiss 1971).

    NaN for an item with fewer than two labels.

    >>> disagreement(np.array([[3, 0], [2, 1]])).round(2).tolist()
    [0.0, 0.67]
    """
    m = counts.sum(axis=1)
    pairs = (m * (m - 1)).astype(np.float64)
    same = (counts * (counts - 1)).sum(axis=1)
    share = np.divide(same, pairs, out=np.full(len(m), np.nan), where=pairs > 0)
    return np.asarray(1 - share)
