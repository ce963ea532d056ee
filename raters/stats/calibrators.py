"""Maps from a score to a probability, fitted on items whose label is known.

Scores s and labels y have shape (n,), s in [0, 1], y in {0, 1}. A fitted calibrator takes scores of any shape (m,) to
probabilities (m,). All of them never decrease in the score, unless the data say that a high score means a low chance
(Platt with a negative slope): then every value but the base rate would be a claim against the data, and it is kept.

    platt        sigma(a logit(s) + b) on Platt's (1999) smoothed targets (n+ + 1)/(n+ + 2) and 1/(n- + 2)
    beta         sigma(a ln s - b ln(1 - s) + c), a, b >= 0 (Kull, Silva Filho and Flach 2017)
    isotonic     the best increasing step function in squares (pool adjacent violators), linear between steps
    venn_abers   p1 / (1 - p0 + p1) from the two isotonic fits that give the item label 0 and 1 (Vovk and Petej 2014)

For few items of one label: `shrunk_platt`, drawn towards the base rate, and `base_rate` alone.

Scores of exactly 0 and 1, which verbalized confidences often are, are taken as `EDGE` and 1 - `EDGE` by the two
parametric maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit

from raters.stats.types import FloatArray, IntArray

EDGE = 0.01
MAX_KNOTS = 1000
"""Venn-Abers compares every pair of distinct scores; above this many, neighbours are pooled in equal numbers."""

MethodName = Literal["platt", "beta", "isotonic", "venn_abers"]


class Calibrator(Protocol):
    def __call__(self, score: FloatArray, /) -> FloatArray: ...


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """sigma(features(s) @ coefficients), with one intercept after the features."""

    coefficients: FloatArray
    features: Callable[[FloatArray], FloatArray]

    def __call__(self, score: FloatArray) -> FloatArray:
        return np.asarray(expit(self.features(score) @ self.coefficients))


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Linear between the knots, constant outside: knots and values of shape (K,)."""

    knots: FloatArray
    values: FloatArray

    def __call__(self, score: FloatArray) -> FloatArray:
        return np.asarray(np.interp(score, self.knots, self.values))


@dataclass(frozen=True, slots=True, eq=False)
class VennAbers:
    """p0 and p1 by place among the K knots: `between` (K + 1, 2) left of knot k, `at` (K, 2) on it."""

    knots: FloatArray
    between: FloatArray
    at: FloatArray

    def bounds(self, score: FloatArray) -> FloatArray:
        """(m,) -> (m, 2): the probabilities p0 <= p1 that the label 0 or 1 of the item itself would lead to."""
        near = rounded(score)
        left = np.searchsorted(self.knots, near, side="left")
        on_knot = left < np.searchsorted(self.knots, near, side="right")
        at = self.at[np.minimum(left, len(self.knots) - 1)]
        return np.where(on_knot[:, None], at, self.between[left])

    def __call__(self, score: FloatArray) -> FloatArray:
        p0, p1 = self.bounds(score).T
        return np.asarray(p1 / (1 - p0 + p1))


def platt(score: FloatArray, label: IntArray) -> Logistic:
    """Two parameters: the choice for few items. Defined for one class too, thanks to the smoothed targets."""
    return Logistic(_newton(_log_odds(score), smoothed_targets(label)), _log_odds)


def shrunk_platt(score: FloatArray, label: IntArray) -> Logistic:
    """Platt with its slope times max(0, 1 - 1 / chi^2) and its own intercept (van Houwelingen and le Cessie 1990).

    chi^2 is what the slope gains over the base rate, twice the log-likelihood: a score that gains no more than chance
    would is not believed, and the base rate is left.
    """
    features, targets = _log_odds(score), smoothed_targets(label)
    ones = features[:, 1:]
    full, base = _newton(features, targets), _newton(ones, targets)
    gain = 2 * (_cross_entropy(ones @ base, targets) - _cross_entropy(features @ full, targets))
    slope = full[0] * (max(0.0, 1 - 1 / gain) if gain > 0 else 0.0)
    intercept = _newton(ones, targets, offset=slope * features[:, 0])
    return Logistic(np.append(slope, intercept), _log_odds)


def base_rate(score: FloatArray, label: IntArray) -> Steps:
    """The share of positives whatever the score, (n+ + 1)/(n + 2) (Laplace): never 0 or 1."""
    return Steps(np.array([0.5]), np.array([(label.sum() + 1) / (len(label) + 2)]))


def smoothed_targets(label: IntArray) -> FloatArray:
    """Platt's targets (n,): (n+ + 1)/(n+ + 2) for a positive, 1/(n- + 2) for a negative.

    >>> smoothed_targets(np.array([1, 1, 0])).tolist()
    [0.75, 0.75, 0.3333333333333333]
    """
    positives = int(label.sum())
    return np.where(label == 1, (positives + 1) / (positives + 2), 1 / (len(label) - positives + 2))


def beta(score: FloatArray, label: IntArray) -> Logistic:
    """Three parameters. A slope that comes out negative is set to 0 and the others are fitted again."""
    features, targets = _two_logs(score), smoothed_targets(label)
    kept = np.array([True, True, True])
    for _ in range(2):
        coefficients = np.zeros(3)
        coefficients[kept] = _newton(features[:, kept], targets)
        negative = coefficients[:2] < 0
        if not negative.any():
            break
        kept[:2] &= ~negative
    coefficients[:2] = np.maximum(coefficients[:2], 0)
    return Logistic(coefficients, _two_logs)


def isotonic(score: FloatArray, label: IntArray) -> Steps:
    """Equal scores get one value. Gives probabilities 0 and 1, whose log loss may be infinite."""
    knots, sums, sizes = by_score(score, label)
    return Steps(knots, np.asarray(isotonic_regression(sums / sizes, weights=sizes).x))


def venn_abers(score: FloatArray, label: IntArray) -> VennAbers:
    """Inductive Venn-Abers, exact by the max-min formula of isotonic regression.

    With the item's own label y added, the fit at the item is the largest over blocks' left ends a of the smallest over
    right ends b of (sum of labels in a..b + y) / (items in a..b + 1), over the blocks that hold the item.
    """
    knots, sums, sizes = _pooled(*by_score(score, label))
    total = np.concatenate([[0.0], np.cumsum(sums)])
    n = np.concatenate([[0.0], np.cumsum(sizes)])
    places = np.arange(len(n))
    blocks = places[:, None] <= places[None, :]
    between, at = np.empty((len(n), 2)), np.empty((len(knots), 2))
    for y in (0, 1):
        means = np.full(blocks.shape, np.inf)
        np.divide(total - total[:, None] + y, n - n[:, None] + 1, out=means, where=blocks)
        smallest = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
        fit = np.maximum.accumulate(smallest, axis=0)
        between[:, y], at[:, y] = np.diagonal(fit), np.diagonal(fit, offset=1)
    return VennAbers(knots, between, at)


def rounded(score: FloatArray) -> FloatArray:
    """Scores to nine digits, so that 1 - 0.9 and 0.1 are one value."""
    return np.asarray(np.round(score, 9))


def by_score(score: FloatArray, label: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The distinct scores in order, with the sum of labels and the number of items of each, all (K,)."""
    knots, index, sizes = np.unique(rounded(score), return_inverse=True, return_counts=True)
    return knots, _sums(index, label), sizes.astype(np.float64)


def _pooled(knots: FloatArray, sums: FloatArray, sizes: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    if len(knots) <= MAX_KNOTS:
        return knots, sums, sizes
    group = ((np.cumsum(sizes) - sizes / 2) * MAX_KNOTS // sizes.sum()).astype(np.int64)
    group = np.unique(group, return_inverse=True)[1]
    pooled_sizes = _sums(group, sizes)
    return rounded(_sums(group, knots * sizes) / pooled_sizes), _sums(group, sums), pooled_sizes


def _sums(group: IntArray, values: FloatArray | IntArray) -> FloatArray:
    """Sum of the values (n,) of each group 0..G-1, (G,)."""
    return np.asarray(np.bincount(group, weights=values), dtype=np.float64)


def _log_odds(score: FloatArray) -> FloatArray:
    inside = np.clip(score, EDGE, 1 - EDGE)
    return np.column_stack([np.log(inside / (1 - inside)), np.ones(len(inside))])


def _two_logs(score: FloatArray) -> FloatArray:
    inside = np.clip(score, EDGE, 1 - EDGE)
    return np.column_stack([np.log(inside), -np.log1p(-inside), np.ones(len(inside))])


def _newton(
    features: FloatArray, target: FloatArray, *, offset: FloatArray | float = 0.0, steps: int = 100
) -> FloatArray:
    """Cross-entropy of sigma(offset + features @ w) to targets (n,) in (0, 1), least at the returned w (f,).

    Newton with halved steps: the loss is convex, so it arrives. Collinear features (one distinct score) get the
    shortest w.
    """
    w = np.zeros(features.shape[1])
    loss = _cross_entropy(offset + features @ w, target)
    for _ in range(steps):
        p = expit(offset + features @ w)
        gradient = features.T @ (p - target)
        hessian = (features.T * (p * (1 - p))) @ features
        step = np.linalg.lstsq(hessian, gradient, rcond=1e-12)[0]
        size = 1.0
        while size > 1e-8 and _cross_entropy(offset + features @ (w - size * step), target) > loss:
            size /= 2
        w = w - size * step if size > 1e-8 else w
        smaller = _cross_entropy(offset + features @ w, target)
        if loss - smaller <= 1e-12 * (1 + abs(loss)):
            break
        loss = smaller
    return w


def _cross_entropy(z: FloatArray, target: FloatArray) -> float:
    return float(np.sum(np.logaddexp(0, z) - target * z))


METHODS: dict[MethodName, Callable[[FloatArray, IntArray], Calibrator]] = {
    "platt": platt,
    "beta": beta,
    "isotonic": isotonic,
    "venn_abers": venn_abers,
}

PARAMETRIC: dict[str, Callable[[FloatArray], FloatArray]] = {"log_odds": _log_odds, "two_logs": _two_logs}


def as_dict(calibrator: Calibrator) -> dict[str, Any]:
    """A fitted calibrator as JSON; `from_dict` gives back one of the very same values."""
    if isinstance(calibrator, Logistic):
        kind = next(name for name, features in PARAMETRIC.items() if features is calibrator.features)
        return {"kind": kind, "coefficients": calibrator.coefficients.tolist()}
    if isinstance(calibrator, Steps):
        return {"kind": "steps", "knots": calibrator.knots.tolist(), "values": calibrator.values.tolist()}
    if isinstance(calibrator, VennAbers):
        arrays = {"knots": calibrator.knots, "between": calibrator.between, "at": calibrator.at}
        return {"kind": "venn_abers", **{name: array.tolist() for name, array in arrays.items()}}
    raise TypeError(f"{type(calibrator).__name__} is not stored")


def from_dict(stored: Mapping[str, Any]) -> Calibrator:
    arrays = {name: np.array(value, dtype=np.float64) for name, value in stored.items() if name != "kind"}
    if stored["kind"] == "steps":
        return Steps(**arrays)
    if stored["kind"] == "venn_abers":
        return VennAbers(**arrays)
    return Logistic(arrays["coefficients"], PARAMETRIC[stored["kind"]])
