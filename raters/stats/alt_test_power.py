"""What the alternative annotator test can see with these raters and this many items, and its verdict in words.

The mean differences of the m raters are taken as jointly normal around a hypothesis (0 for every rater: a model as
good as the raters), with the covariance over items that the data show; the test is played on draws of them. Another
number of items divides the covariance. Draws are the same for every size, so power grows with the items.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr

from raters.stats.alt_test import MIN_ITEMS_PER_RATER, PASSES_FROM, AltTest, Q
from raters.stats.contests import Contests, deviations
from raters.stats.multiplicity import benjamini_yekutieli, harmonic
from raters.stats.types import FloatArray, IntArray

DRAWS = 4000
ENOUGH = 0.8
SURE = 1e9  # the statistic of a gap without noise
MOST = 1000.0  # times the items at hand; beyond it no number of items is named
MIN_RATERS = 3
Conclusion = Literal["passed", "failed", "not_enough_data"]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Hypothetical mean differences (m,), their covariance (m, m) at `n` (m,) items a rater, of `n_items` in all."""

    mean: FloatArray
    covariance: FloatArray
    n: IntArray
    n_items: int

    @classmethod
    def of(cls, found: Contests, tested: IntArray) -> Design:
        """The covariance of the data, around the hypothesis that the model is as good as the raters."""
        parts = deviations(found, tested, found.d)
        return cls(np.zeros(len(tested)), parts.covariance(), parts.n, found.n_items)


def power(design: Design, *, epsilon: float, times: float = 1.0, q: float = Q, seed: int = 0) -> float:
    """Chance in [0, 1] that the test passes, with `times` as many items. Benjamini-Yekutieli over the raters."""
    values, vectors = np.linalg.eigh(design.covariance)
    root = vectors * np.sqrt(np.maximum(values, 0))
    noise = np.random.default_rng(seed).standard_normal((DRAWS, len(design.mean))) @ root.T
    n = design.n * times
    se = np.sqrt(np.diag(design.covariance) * design.n / np.maximum(design.n - 1, 1) / times)
    gap = design.mean + noise / math.sqrt(times) - epsilon
    t = np.divide(gap, se, out=np.sign(gap) * SURE, where=se > 1e-12)
    won = _won(stdtr(n - 1, t), q)
    return float(np.mean(won / len(design.mean) >= PASSES_FROM))


def _won(p: FloatArray, q: float) -> IntArray:
    """Rejections of each row of p-values (draws, m): the largest rank below its threshold."""
    m = p.shape[1]
    rank = np.arange(1, m + 1)
    below = np.sort(p, axis=1) <= rank / m * q / harmonic(m)
    return np.asarray((below * rank).max(axis=1), dtype=np.int64)


def items_for(design: Design, wished: float, *, epsilon: float, q: float = Q, seed: int = 0) -> int | None:
    """The fewest items in all that reach a power; None where a thousand times the design's do not."""

    def reached(items: int) -> bool:
        return power(design, epsilon=epsilon, times=items / design.n_items, q=q, seed=seed) >= wished

    # Every rater needs the items for a test at all.
    low = math.ceil(design.n_items * MIN_ITEMS_PER_RATER / max(int(design.n.min()), 1)) - 1
    high = max(low + 1, 1)
    while not reached(high):
        low, high = high, 2 * high
        if high > MOST * design.n_items:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the test says, with the power behind it.

    power        chance that a model as good as the raters passes with these items; None without raters to test.
    more_items   about how many further items give such a model 80 %; 0 where it has them, None where no number does.
    """

    conclusion: Conclusion
    sentence: str
    power: float | None
    more_items: int | None
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return {**asdict(self), "warnings": list(self.warnings)}


def verdict(test: AltTest, found: Contests, *, seed: int = 0) -> Verdict:
    """Passed, failed, or not enough data: a test is not failed where an equally good model would often fail it too.

    Failed needs 80 % power for a model as good as the raters, or raters enough (adjusted like the test itself) who are
    seen to be ahead by more than epsilon.
    """
    warnings = _warnings(test)
    if not test.raters:
        lacking = _lacking(test)
        words = f"Not enough data: {test.reason}. Rate about {lacking} more items with three raters each."
        return Verdict("not_enough_data", words, None, lacking, warnings)
    design = Design.of(found, np.array(test.tested, dtype=np.int64))
    able = power(design, epsilon=test.epsilon, q=test.q, seed=seed)
    more: int | None = 0
    if able < ENOUGH:
        needed = items_for(design, ENOUGH, epsilon=test.epsilon, q=test.q, seed=seed)
        more = None if needed is None else max(needed - design.n_items, 0)
    if test.passed:
        return Verdict("passed", _passed(test), able, more, warnings)
    if able >= ENOUGH or _seen_behind(test) or more is None:
        return Verdict("failed", _failed(test, able, more), able, more, warnings)
    words = (
        f"Not enough data: rate about {more} more items. With these {test.n_items} a model as good as the raters "
        f"would pass in only {able:.0%} of such samples."
    )
    return Verdict("not_enough_data", words, able, more, warnings)


def _lacking(test: AltTest) -> int:
    """Items until three raters can be tested."""
    sizes = sorted((n for _, n in test.not_tested), reverse=True)[:MIN_RATERS]
    return max(MIN_ITEMS_PER_RATER - min([*sizes, *[0] * (MIN_RATERS - len(sizes))]), 1)


def _seen_behind(test: AltTest) -> bool:
    """Whether so many raters are ahead of the model by more than epsilon that it cannot pass."""
    ahead = np.array([1.0 if rater.p is None else 1 - rater.p for rater in test.raters])
    rejected = benjamini_yekutieli(np.clip(ahead, 0, 1)) <= test.q
    return float(rejected.mean()) > 1 - PASSES_FROM


def _passed(test: AltTest) -> str:
    won = sum(rater.rejected for rater in test.raters)
    words = (
        f"Passed at epsilon {test.epsilon:g}: the model holds against {won} of {len(test.raters)} raters on "
        f"{test.n_items} items."
    )
    bounds = [rater.high for rater in test.raters if rater.high is not None]
    if not bounds:
        return words
    if max(bounds) < 0:
        return f"{words} It is ahead of every one of them."
    return f"{words} Against one of them it may still be behind by up to {max(bounds):.2f} in win rate."


def _failed(test: AltTest, able: float, more: int | None) -> str:
    won = sum(rater.rejected for rater in test.raters)
    words = f"Failed at epsilon {test.epsilon:g}: the model holds against {won} of {len(test.raters)} raters. "
    if _seen_behind(test):
        return words + "Most raters are seen to be ahead of it by more than epsilon."
    if more is None:
        return words + "At this epsilon no number of items lets a model that is only as good as the raters pass."
    return words + f"A model as good as the raters would have passed in {able:.0%} of such samples."


def _warnings(test: AltTest) -> tuple[str, ...]:
    found = []
    if test.raters and len(test.raters) < MIN_RATERS:
        found.append(f"the test asks for at least {MIN_RATERS} raters, here are {len(test.raters)}")
    if test.raters and test.n_items < 50:
        found.append("the test asks for at least 50 items")
    if test.raters and all(rater.low is None for rater in test.raters):
        found.append("the difference from the model is the same on every item: nothing is tested")
    if test.passed and test.epsilon >= 0.15 and any((rater.low or 0) > 0 for rater in test.raters):
        found.append(
            "passed although some raters are better than the model: at this epsilon and number of items, "
            "clearly worse models pass"
        )
    return tuple(found)
