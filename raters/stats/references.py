"""What a labeler is held against: the consensus of the others, or adjudicated labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raters.stats.consensus import leave_one_out_consensus
from raters.stats.resampling import Patterns
from raters.stats.types import BoolArray, FloatArray, IntArray, Ratings


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The reference of each item, by kind of item.

    name         how reports call it.
    kind         shape (n_items,): the item's kind 0..P-1, or -1 where the item has no reference.
    for_rater    shape (P, q, q), [kind, own level, reference level]: the reference of a rater who gave the own level.
    pooled       shape (P, q, q), [kind, reference level, rater's level]: confusion of all the item's raters.
    for_machine  shape (P, q): the reference of a labeler that is none of the raters; sums to the item's pairs.
    """

    name: str
    kind: IntArray
    for_rater: FloatArray
    pooled: FloatArray
    for_machine: FloatArray


def leave_one_out_reference(ratings: Ratings) -> Reference:
    """Each rater against the consensus of the others; a machine on every rater's pairs. Items with two ratings only."""
    counts = ratings.counts()
    usable = counts.sum(axis=1) >= 2
    patterns = Patterns.of(counts[usable])
    for_rater = leave_one_out_consensus(patterns.rows)
    pooled = np.swapaxes(patterns.rows[:, :, None] * for_rater, 1, 2)
    return Reference("leave_one_out", _spread_kinds(usable, patterns), for_rater, pooled, pooled.sum(axis=2))


def adjudicated_reference(levels: IntArray, counts: IntArray) -> Reference:
    """Every labeler against given levels (n_items,), -1 where an item has none; counts (n_items, q) of the raters.

    A machine has one pair an item, the pooled raters one a rating.
    """
    q = counts.shape[1]
    if levels.shape != (len(counts),) or (len(levels) and (levels.min() < -1 or levels.max() >= q)):
        raise ValueError(f"the reference needs {len(counts)} levels in -1..{q - 1}")
    usable = levels >= 0
    patterns = Patterns.of(np.column_stack([levels[usable], counts[usable]]))
    truth = np.eye(q)[patterns.rows[:, 0]]
    for_rater = np.repeat(truth[:, None, :], q, axis=1)
    pooled = truth[:, :, None] * patterns.rows[:, None, 1:]
    return Reference("adjudicated", _spread_kinds(usable, patterns), for_rater, pooled, truth)


def _spread_kinds(usable: BoolArray, patterns: Patterns) -> IntArray:
    kind = np.full(len(usable), -1, dtype=np.int64)
    kind[usable] = patterns.of_item
    return kind
