"""The Alternative Annotator Test: may a model stand in for a human rater? (Calderon, Reichart and Dror, ACL 2025)

On every item of rater j with two or more ratings and a label of the model, rater and model are held against the
ratings of the *others*: S(x) = the share of them equal to x (`accuracy`), or -sqrt(mean (x - rating)^2) (`neg_rmse`).

    W^f = 1[S(model) >= S(rater)],  W^h = 1[S(rater) >= S(model)]           a tie counts for both
    rho_j^f, rho_j^h = their means;  d = W^h - W^f;  H1: mean(d) < epsilon   one-sided t-test for each rater

Raters with fewer than 30 such items are not tested, but serve as references. The m p-values are adjusted for false
discovery (Benjamini-Yekutieli, the raters share items); the winning rate is the share of raters for whom H0 falls, and
the model passes from 0.5 on. The average advantage probability, mean_j rho_j^f, is the figure to rank models by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, get_args

import numpy as np
from scipy.special import ndtr, stdtr

from raters.stats.contests import MIN_RATERS_PER_ITEM, Contests, Score, contests, deviations
from raters.stats.intervals import student_t, wilson_effective
from raters.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli
from raters.stats.types import Estimate, FloatArray, IntArray, Ratings, finite

Correction = Literal["by", "bh"]

EPSILON, Q, PASSES_FROM = 0.2, 0.05, 0.5
MIN_ITEMS_PER_RATER = 30
SAME = 1e-12  # a smaller standard error is none
NO_P = "undefined: the difference is epsilon on every item"
CURVE = tuple(k / 20 for k in range(11))
CORRECTIONS: tuple[Correction, ...] = get_args(Correction)
ADJUST = {"by": benjamini_yekutieli, "bh": benjamini_hochberg}


@dataclass(frozen=True, slots=True)
class AgainstRater:
    """One rater's test. `difference` is mean(d) = rho_h - rho_f with its t interval; None where undefined."""

    rater: str
    n: int
    rho_f: float
    rho_h: float
    difference: float
    se: float
    low: float | None
    high: float | None
    p: float | None
    p_adjusted: float | None
    rejected: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class AltTest:
    """The test at one epsilon. Winning rate and `passed` are None without a rater to test, and `reason` says why.

    tested   the raters' indexes, in the order of `raters`; not_tested: names and items of those with too few.
    curve    (epsilon, winning rate, passed).
    """

    score: Score
    epsilon: float
    q: float
    winning_rate: float | None
    advantage: Estimate
    passed: bool | None
    raters: tuple[AgainstRater, ...]
    tested: tuple[int, ...]
    not_tested: tuple[tuple[str, int], ...]
    curve: tuple[tuple[float, float, bool], ...]
    n_items: int
    n_contests: int
    reason: str | None

    def as_dict(self) -> dict[str, object]:
        advantage = self.advantage
        return {
            "winning_rate": self.winning_rate,
            "advantage_prob": advantage.value,
            "advantage_low": advantage.low,
            "advantage_high": advantage.high,
            "passed": self.passed,
            "reason": self.reason,
            "score": self.score,
            "epsilon": self.epsilon,
            "q": self.q,
            "n_items": self.n_items,
            "n_raters": len(self.raters),
            "n_contests": self.n_contests,
            "raters": [asdict(rater) for rater in self.raters],
            "not_tested": [{"rater": rater, "n": n} for rater, n in self.not_tested],
            "curve": [{"epsilon": e, "winning_rate": rate, "passed": passed} for e, rate, passed in self.curve],
        }


def alt_test(
    ratings: Ratings,
    model: IntArray,
    *,
    score: Score = "accuracy",
    epsilon: float = EPSILON,
    q: float = Q,
    min_items: int = MIN_ITEMS_PER_RATER,
    min_raters: int = MIN_RATERS_PER_ITEM,
    correction: Correction = "by",
) -> AltTest:
    """The whole test of one attribute; `ratings` and `model` as in `contests`. Winning rate and advantage in [0, 1].

    epsilon   what a human costs more than the model, in win probability: .2 for experts, .15 for skilled raters, .1
              for crowd workers (the authors' rule of thumb). At .2 and many items clearly worse models pass.
    min_items   raters with fewer items are not tested; where it is set below 30, those with fewer than 30 are tested
              by Wilcoxon's signed ranks.
    min_raters  items rated by fewer take no part; at least 2.

    Undefined without a rater who has enough items. A rater whose d never varies has p = 0 below epsilon, 1 above it,
    and none at it; a rater without a p-value stays in m and is not won.
    """
    pair = {"": (ratings, model)}
    tests = alt_tests(
        pair, score=score, epsilon=epsilon, q=q, min_items=min_items, min_raters=min_raters, correction=correction
    )
    return tests[""]


def alt_tests(
    attributes: Mapping[str, tuple[Ratings, IntArray]],
    *,
    score: Score = "accuracy",
    epsilon: float = EPSILON,
    q: float = Q,
    min_items: int = MIN_ITEMS_PER_RATER,
    min_raters: int = MIN_RATERS_PER_ITEM,
    correction: Correction = "by",
) -> dict[str, AltTest]:
    """A test for each attribute, with one adjustment over all attributes and raters (m = all of their p-values)."""
    if not 0 <= epsilon <= 1 or not 0 < q < 1:
        raise ValueError(f"epsilon must lie in 0..1 and q between 0 and 1, got {epsilon} and {q}")
    panels = [
        _panel(ratings, contests(ratings, model, score=score, min_raters=min_raters), min_items)
        for ratings, model in attributes.values()
    ]
    here = _family(panels, epsilon, correction)
    there = [(e, _family(panels, e, correction)) for e in CURVE]
    results = {}
    for k, (name, panel) in enumerate(zip(attributes, panels, strict=True)):
        rate = _rate(here[k], q)
        rates = [(e, _rate(family[k], q)) for e, family in there]
        rows = zip(panel.names, panel.own, here[k], strict=True)
        results[name] = AltTest(
            score=score,
            epsilon=epsilon,
            q=q,
            winning_rate=rate,
            advantage=_advantage(panel.found, panel.tested),
            passed=None if rate is None else rate >= PASSES_FROM,
            raters=tuple(_against(rater, own, *tested, q) for rater, own, tested in rows),
            tested=tuple(panel.tested.tolist()),
            not_tested=panel.short,
            curve=tuple((e, one, one >= PASSES_FROM) for e, one in rates if one is not None),
            n_items=panel.found.n_items,
            n_contests=len(panel.found.item),
            reason=None if panel.names else _nobody(panel.found, min_items),
        )
    return results


Tested = tuple[float | None, float | None]  # a p-value, and adjusted


@dataclass(frozen=True, slots=True, eq=False)
class _Panel:
    """The contests of one attribute, and of each rater who is tested."""

    found: Contests
    tested: IntArray
    names: tuple[str, ...]
    own: tuple[Contests, ...]
    short: tuple[tuple[str, int], ...]


def _panel(ratings: Ratings, found: Contests, min_items: int) -> _Panel:
    sizes = np.bincount(found.rater, minlength=ratings.n_raters)
    present = np.flatnonzero(np.bincount(ratings.rater, minlength=ratings.n_raters))
    tested = present[sizes[present] >= max(min_items, 2)]
    names = tuple(ratings.rater_names[j] for j in tested)
    short = tuple((ratings.rater_names[j], int(sizes[j])) for j in np.setdiff1d(present, tested))
    return _Panel(found, tested, names, tuple(found.of(int(j)) for j in tested), short)


def _family(panels: Sequence[_Panel], epsilon: float, correction: Correction) -> list[list[Tested]]:
    """P-values of every panel's raters at an epsilon, adjusted over all of them."""
    p = [[p_value(own.d, epsilon) for own in panel.own] for panel in panels]
    adjusted = iter(ADJUST[correction](np.array([1.0 if one is None else one for row in p for one in row])).tolist())
    return [[(one, None if one is None else value) for one in row for value in [next(adjusted)]] for row in p]


def _rate(tested: Sequence[Tested], q: float) -> float | None:
    return float(np.mean([adjusted is not None and adjusted <= q for _, adjusted in tested])) if tested else None


def _nobody(found: Contests, min_items: int) -> str:
    if not len(found.item):
        return "no item has ratings of two raters and a label of the model"
    return f"no rater has {min_items} items that another rater and the model have labelled too"


def _against(name: str, own: Contests, p: float | None, adjusted: float | None, q: float) -> AgainstRater:
    d, n = own.d, len(own.item)
    mean, se = float(d.mean()), float(d.std(ddof=1)) / math.sqrt(n)
    low: float | None = None
    high: float | None = None
    why = "interval refused: the difference is the same on every item" if p is not None else NO_P
    if se >= SAME:
        (low, high), why = student_t(mean, se, n - 1), ""
        low, high = max(low, -1.0), min(high, 1.0)
    rho = float(own.model_wins.mean()), float(own.rater_wins.mean())
    rejected = adjusted is not None and adjusted <= q
    return AgainstRater(name, n, *rho, mean, se, low, high, p, adjusted, rejected, why or None)


def p_value(d: FloatArray, epsilon: float) -> float | None:
    """P-value of H1: mean(d) < epsilon for the differences (n,) of one rater; None where undefined."""
    n = len(d)
    gap, se = float(d.mean()) - epsilon, float(d.std(ddof=1)) / math.sqrt(n)
    if se < SAME:
        return None if abs(gap) < 1e-12 else float(gap > 0)
    return float(stdtr(n - 1, gap / se)) if n >= MIN_ITEMS_PER_RATER else _wilcoxon(d - epsilon)


def _wilcoxon(x: FloatArray) -> float:
    """Normal approximation of Wilcoxon's signed-rank test of H1: x lies below 0, with ties, zeros left out."""
    x = x[np.abs(x) > 1e-12]
    n = len(x)
    _, kind, ties = np.unique(np.abs(x).round(12), return_inverse=True, return_counts=True)
    rank = (np.cumsum(ties) - (ties - 1) / 2)[kind]
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
    return float(ndtr((float(rank[x > 0].sum()) - n * (n + 1) / 4) / math.sqrt(variance)))


def _advantage(found: Contests, tested: IntArray) -> Estimate:
    """Mean over the tested raters of rho_j^f, with a linearised interval over items."""
    if not len(tested):
        return Estimate.undefined("no rater has enough items")
    parts = deviations(found, tested, found.model_wins.astype(np.float64))
    value, n_items = float(parts.mean.mean()), found.n_items
    se = math.sqrt(parts.variance_of_average())
    if se < SAME:
        return Estimate(value, None, None, None, None, n_items, "interval refused: every item gives the same value")
    se *= math.sqrt(n_items / (n_items - 1))
    low, high = wilson_effective(value, se, otherwise=n_items)
    return Estimate(
        value, finite(se), low, high, "linearised over items, Wilson at the effective number", n_items, None
    )
