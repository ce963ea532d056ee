"""Which items a machine may decide by itself: thresholds with a guarantee, and the risk at every coverage.

A threshold that looks good on the items it was picked on is too good: the smallest one whose share meets the target
breaks its promise about half the time. Here thresholds of a grid that does not look at the labels are tested one after
the other, each at the full error level, until one fails (fixed-sequence testing, Bauer 1991; as in Angelopoulos et al.
2021, Learn then Test). Every threshold before the failure holds at once with the stated confidence.

Items must be a simple random sample of those the threshold is meant for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import betaincinv

from raters.stats.intervals import wilson
from raters.stats.types import FloatArray, IntArray

GRID = 50
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Threshold:
    """Take items with score >= `threshold`; None where no threshold is certified, and then `reason` says why.

    value         the share at the threshold among these items: precision, or recall.
    lower         its one-sided lower bound, at least `target`, at the stated confidence.
    n_taken, n    items taken, of all; `coverage` is their share.
    """

    threshold: float | None
    value: float | None
    lower: float | None
    target: float
    confidence: float
    n_taken: int
    n: int
    coverage: float | None
    reason: str | None = None

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Deciding the `n` surest items, those with confidence >= `threshold`: the share wrong, with Wilson's interval."""

    threshold: float
    n: int
    coverage: float
    errors: int
    risk: float
    risk_low: float
    risk_high: float

    def as_dict(self) -> dict[str, float | int]:
        return asdict(self)


def lower_bound(successes: int, n: int, *, confidence: float = CONFIDENCE) -> float:
    """One-sided exact lower bound of a proportion (Clopper and Pearson 1934), 0 without successes. [0, 1]

    >>> round(lower_bound(59, 59), 4)  # "the rule of three": none wrong of 59 certifies 95 %
    0.9505
    """
    if not 0 <= successes <= n:
        raise ValueError(f"successes must lie in 0..n, got {successes} of {n}")
    return float(betaincinv(successes, n - successes + 1, 1 - confidence)) if successes else 0.0


def threshold_for_precision(
    score: FloatArray, label: IntArray, target: float, *, confidence: float = CONFIDENCE, grid: int = GRID
) -> Threshold:
    """The lowest threshold, hence the most items, at which the share of positives among those taken is >= target.

    score   shape (n,), finite; label  shape (n,), 1 where taking the item is right. With the confidence of a machine's
    label as score and "the label is right" as label, this is what may go past the raters at an error of 1 - target.

    Starts from the fewest items that could pass with none wrong. Raises ValueError for NaN, a label other than 0 and 1,
    and a target or a confidence outside (0, 1).
    """
    _check(score, label, target, confidence)
    n = len(score)
    order = np.argsort(-score, kind="stable")
    cuts = _grid(score[order], grid)
    taken = np.cumsum(label[order])
    # Known from the scores alone, so leaving these out costs nothing of the guarantee.
    fewest = math.ceil(math.log(1 - confidence) / math.log(target))
    steps = [int(cut) for cut in cuts if cut >= fewest]
    if not steps:
        return _none(target, confidence, n, f"no threshold: it takes {fewest} items to certify {target:g}, of {n}")
    passed = _pass_until(steps, lambda m: lower_bound(int(taken[m - 1]), m, confidence=confidence) >= target)
    if passed is None:
        return _none(target, confidence, n, _why_not(steps[0], int(taken[steps[0] - 1]), target, confidence))
    return _found(score[order], passed, int(taken[passed - 1]), passed, target, confidence)


def threshold_for_recall(
    score: FloatArray, label: IntArray, target: float, *, confidence: float = CONFIDENCE, grid: int = GRID
) -> Threshold:
    """The highest threshold, hence the fewest items, that takes a share >= target of all positives.

    Arguments as `threshold_for_precision`. Starts from all items, whose recall is 1, and takes fewer. The bound is that
    of a share of the positives, so it is their number that decides whether any threshold can be certified.
    """
    _check(score, label, target, confidence)
    n, positives = len(score), int(label.sum())
    if lower_bound(positives, positives, confidence=confidence) < target:
        fewest = math.ceil(math.log(1 - confidence) / math.log(target))
        return _none(
            target,
            confidence,
            n,
            f"no threshold: it takes {fewest} positives to certify {target:g}, there are {positives}",
        )
    order = np.argsort(-score, kind="stable")
    taken = np.cumsum(label[order])
    steps = [int(cut) for cut in _grid(score[order], grid)[::-1]]
    passed = _pass_until(steps, lambda m: lower_bound(int(taken[m - 1]), positives, confidence=confidence) >= target)
    # Taking every item has recall 1, so the first step passes.
    assert passed is not None  # noqa: S101
    return _found(score[order], passed, int(taken[passed - 1]), positives, target, confidence)


def risk_coverage(confidence: FloatArray, correct: IntArray) -> list[RiskPoint]:
    """Risk of deciding the surest items, one point for each distinct confidence, from few items to all."""
    sizes, errors, values = _by_confidence(confidence, correct)
    n = len(confidence)
    points = []
    for m, wrong, value in zip(np.cumsum(sizes).tolist(), np.cumsum(errors).tolist(), values.tolist(), strict=True):
        low, high = wilson(wrong, m)
        points.append(RiskPoint(value, m, m / n, int(wrong), wrong / m, low, high))
    return points


def aurc(confidence: FloatArray, correct: IntArray) -> float | None:
    """Area under the risk-coverage curve: the mean over m = 1..n of the share wrong among the m surest items.

    [0, 1], lower is better; a confidence that says nothing reaches the full share wrong. Equal confidences are taken in
    random order, in expectation (Geifman and El-Yaniv 2017, with ties). None without items.
    """
    sizes, errors, _ = _by_confidence(confidence, correct)
    if not len(confidence):
        return None
    before, wrong_before = np.cumsum(sizes) - sizes, np.cumsum(errors) - errors
    group = np.repeat(np.arange(len(sizes)), sizes)
    m = np.arange(1, len(confidence) + 1)
    wrong = wrong_before[group] + (m - before[group]) * (errors / sizes)[group]
    return float(np.mean(wrong / m))


def _by_confidence(confidence: FloatArray, correct: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Items, errors and value of each distinct confidence, surest first."""
    _check(confidence, correct, 0.5, 0.5)
    values, index, sizes = np.unique(np.round(confidence, 9), return_inverse=True, return_counts=True)
    errors = np.bincount(index, weights=1 - correct, minlength=len(values)).astype(np.int64)
    return sizes[::-1].astype(np.int64), errors[::-1], values[::-1]


def _grid(descending: FloatArray, grid: int) -> IntArray:
    """Numbers of items that a threshold can take, rising, at most about `grid`: equal scores are taken together."""
    ends = np.flatnonzero(np.append(descending[:-1] > descending[1:] + 1e-9, True)) + 1
    if len(ends) <= grid:
        return ends
    wanted = np.linspace(0, len(descending), grid + 1)[1:]
    return np.unique(ends[np.minimum(np.searchsorted(ends, wanted - 1e-9), len(ends) - 1)])


def _pass_until(steps: list[int], passes: Callable[[int], bool]) -> int | None:
    last = None
    for step in steps:
        if not passes(step):
            break
        last = step
    return last


def _found(descending: FloatArray, m: int, successes: int, of: int, target: float, confidence: float) -> Threshold:
    lower = lower_bound(successes, of, confidence=confidence)
    n = len(descending)
    return Threshold(float(descending[m - 1]), successes / of, lower, target, confidence, m, n, m / n)


def _none(target: float, confidence: float, n: int, reason: str) -> Threshold:
    return Threshold(None, None, None, target, confidence, 0, n, None, reason)


def _why_not(m: int, right: int, target: float, confidence: float) -> str:
    bound = lower_bound(right, m, confidence=confidence)
    return f"no threshold: of the {m} highest scores {right} are right, which certifies {bound:.3f} and not {target:g}"


def _check(score: FloatArray, label: IntArray, target: float, confidence: float) -> None:
    if score.shape != label.shape:
        raise ValueError(f"{len(score)} scores for {len(label)} labels")
    if not np.isfinite(score).all():
        raise ValueError("scores must be finite")
    if not ((label == 0) | (label == 1)).all():
        raise ValueError("labels must be 0 or 1")
    if not (0 < target < 1 and 0 < confidence < 1):
        raise ValueError("target and confidence must lie between 0 and 1")
