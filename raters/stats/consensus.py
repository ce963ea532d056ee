"""What raters say together: majority with visible ties, label distributions, leave-one-out consensus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raters.stats.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Majority:
    """The commonest level of each of n items.

    level   shape (n,): the level, -1 where tied or unrated.
    is_tie  shape (n,): more than one level has the most ratings.
    top     shape (n, q): the levels with the most ratings; more than one in a tie, none for an unrated item.
    """

    level: IntArray
    is_tie: BoolArray
    top: BoolArray


def majority(counts: IntArray) -> Majority:
    """Majority of counts (n, q). A tie stays a tie: no order of levels or rows breaks it.

    >>> majority(np.array([[2, 1], [1, 1], [0, 0]])).level.tolist()
    [0, -1, -1]
    """
    top = (counts == counts.max(axis=1, keepdims=True)) & (counts > 0)
    tops = top.sum(axis=1)
    level = np.where(tops == 1, top.argmax(axis=1), -1).astype(np.int64)
    return Majority(level=level, is_tie=tops > 1, top=top)


def label_distribution(counts: IntArray) -> FloatArray:
    """Share of each level among an item's ratings: counts (n, q) -> (n, q), a row of NaN for an unrated item."""
    size = counts.sum(axis=1, keepdims=True)
    shares = np.full(counts.shape, np.nan)
    return np.asarray(np.divide(counts, size, out=shares, where=size > 0))


def leave_one_out_consensus(counts: IntArray) -> FloatArray:
    """The consensus of the other raters of an item: counts (n, q) -> weights (n, q, q), [item, own level, level].

    For a rater who gave the own level, the majority of the remaining ratings; m tied levels weigh 1/m each. A row sums
    to 1, or is 0 where nobody gave the own level or nobody else rated the item.

    >>> leave_one_out_consensus(np.array([[2, 1]])).tolist()  # own level 0 leaves a tie, own level 1 leaves 0
    [[[0.5, 0.5], [1.0, 0.0]]]
    """
    others = counts[:, None, :] - np.eye(counts.shape[1], dtype=np.int64)
    top = (others == others.max(axis=2, keepdims=True)) & (others > 0)
    weights = top / np.maximum(top.sum(axis=2, keepdims=True), 1)
    return np.asarray(weights * (counts > 0)[:, :, None])
