"""Is the difference of two labelers chance? Tests on the items that both have labelled.

The level an item is held to is the reference's most likely one; items on which it is tied decide nothing in McNemar's
test, while F1 counts a tie in parts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import ndtr

from raters.stats.confusion import f1_score
from raters.stats.linearised import MANY_ITEMS, standard_errors
from raters.stats.paired import McNemar, Permutation, Statistic, mcnemar, permutation
from raters.stats.references import Reference
from raters.stats.resampling import Patterns
from raters.stats.scorecard import Marking
from raters.stats.types import FloatArray, IntArray, Ratings

MANY_KINDS = 500  # of items on which two labelers differ: more are as good as normal, and slow to permute


def machines_mcnemar(reference: Reference, first: IntArray, second: IntArray) -> McNemar:
    """McNemar's test of two machines' labels (n_items,), -1 without one, on items whose reference is not tied."""
    truth = untied(reference.for_machine)[reference.kind]
    used = (reference.kind >= 0) & (truth >= 0) & (first >= 0) & (second >= 0)
    own, other = first[used] == truth[used], second[used] == truth[used]
    return mcnemar(int((own & ~other).sum()), int((~own & other).sum()), int(used.sum()))


def raters_mcnemar(
    reference: Reference, ratings: Ratings, machines: Mapping[str, IntArray]
) -> dict[str, dict[int, McNemar]]:
    """Machine -> rater -> McNemar's test of the machine (first) and the rater, on the rater's items whose reference is
    not tied. The machines' labels are level indexes (n_items,), -1 without one.
    """
    kind = reference.kind[ratings.item]
    truth = np.where(kind >= 0, untied(reference.for_rater)[kind, ratings.level], -1)
    held = np.flatnonzero(truth >= 0)
    item, rater, truth = ratings.item[held], ratings.rater[held], truth[held]
    right = ratings.level[held] == truth
    present = np.unique(ratings.rater).tolist()
    found = {}
    for name, labels in machines.items():
        given = labels[item]
        # Columns: no label, both right or both wrong, only the machine right, only the rater right.
        outcome = np.where(given < 0, 0, 1 + ((given == truth) != right) * (1 + right))
        table = np.bincount(rater * 4 + outcome, minlength=4 * ratings.n_raters).reshape(-1, 4)
        found[name] = {j: mcnemar(int(table[j, 2]), int(table[j, 3]), int(table[j, 1:].sum())) for j in present}
    return found


def machines_f1(reference: Reference, first: IntArray, second: IntArray, marking: Marking) -> Permutation:
    """Swap test of the difference in F1 of two machines: under equality their labels of an item may change places."""
    used = np.flatnonzero((reference.kind >= 0) & (first >= 0) & (second >= 0))
    groups = Patterns.of(np.column_stack([reference.kind[used], first[used], second[used]]))
    truth = reference.for_machine[groups.rows[:, 0]]
    ours, theirs = (_confusion(truth, groups.rows[:, column]) for column in (1, 2))
    return _swap_test(ours, theirs, groups.multiplicity, marking)


def pooled_f1(reference: Reference, labels: IntArray, marking: Marking) -> Permutation:
    """Swap test of the F1 of a machine minus that of the pooled raters, on the items it has labelled.

    Swapped are the machine's pairs of an item with all of its raters': exact for one rater an item, and holding its
    level by simulation for more.
    """
    used = np.flatnonzero((reference.kind >= 0) & (labels >= 0))
    groups = Patterns.of(np.column_stack([reference.kind[used], labels[used]]))
    ours = _confusion(reference.for_machine[groups.rows[:, 0]], groups.rows[:, 1])
    theirs = reference.pooled[groups.rows[:, 0]].reshape(ours.shape)
    return _swap_test(ours, theirs, groups.multiplicity, marking)


def untied(weights: FloatArray) -> IntArray:
    """The level with the largest weight (..., q) -> (...), -1 where several share it or there is none."""
    top = weights.max(axis=-1, keepdims=True)
    at_top = (weights >= top - 1e-9) & (top > 0)
    return np.asarray(np.where(at_top.sum(axis=-1) == 1, at_top.argmax(axis=-1), -1), dtype=np.int64)


def _swap_test(first: FloatArray, second: FloatArray, multiplicity: IntArray, marking: Marking) -> Permutation:
    """By permutation; where items are many or all unlike, by the linearised error of the difference, then as good."""
    q = math.isqrt(first.shape[1])

    def f1(sums: FloatArray) -> FloatArray:
        return f1_score(sums.reshape(*sums.shape[:-1], q, q), scale=marking.scale, positive=marking.positive)

    # Where both give the same a swap changes nothing: those items only count.
    moves = (first != second).any(axis=1)
    if int(multiplicity.sum()) > MANY_ITEMS or int(moves.sum()) > MANY_KINDS:
        return _normal_test(first, second, multiplicity, f1)
    return permutation(first, second, multiplicity, f1, seed=marking.seed, moves=moves)


def _normal_test(first: FloatArray, second: FloatArray, multiplicity: IntArray, f1: Statistic) -> Permutation:
    width, n = first.shape[1], int(multiplicity.sum())

    def difference(sums: FloatArray) -> FloatArray:
        return (f1(sums[..., :width]) - f1(sums[..., width:]))[..., None]

    features = np.hstack([first, second])
    observed = float(difference(multiplicity @ features)[0])
    if not math.isfinite(observed):
        return Permutation(None, None, n, None, "one of the two figures is undefined")
    se = float(standard_errors(difference, features, multiplicity)[0])
    if not se > 1e-12:
        return Permutation(observed, None, n, None, "the difference is the same on every item")
    return Permutation(observed, float(2 * ndtr(-abs(observed) / se)), n, "linearised over items, normal", None)


def _confusion(truth: FloatArray, label: IntArray) -> FloatArray:
    """Reference weights (K, q) and labels (K,) -> flat confusions (K, q * q)."""
    q = truth.shape[1]
    return np.asarray((truth[:, :, None] * np.eye(q)[label][:, None, :]).reshape(len(truth), q * q))
