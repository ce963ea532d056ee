"""Calibrators of whole probability vectors p (n, q) in level order, whose rows sum to 1, for labels (n,) in 0..q-1.

The levels are split in two in one or several ways, each split has a calibrator of its own, and the calibrated
probabilities are put together again:

    binary    the positive level against the other
    nominal   each level against the rest; the values are divided by their sum (Zadrozny and Elkan 2002)
    ordinal   "at least level k" against below for k = 1..q-1, made to fall with k; their differences are the levels'
              probabilities (Frank and Hall 2001)

One method is chosen for all splits, by the cross-fitted log loss of the vectors, out of those that the number of items
allows (`raters.stats.calibration`). A split with fewer than 10 items on a side keeps its base rate; where every split
is like that there is no calibrator.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from raters.stats import calibration, calibrators
from raters.stats.calibration import MIN_CLASS, RAW, Calibration, cross_fitted
from raters.stats.calibration_error import NULL_DRAWS, mean_loss
from raters.stats.calibrators import METHODS, Calibrator, MethodName, base_rate
from raters.stats.intervals import normal
from raters.stats.types import BoolArray, Estimate, FloatArray, IntArray, Scale

BASE = "base_rate"
SUM = 0.01
"""How far a row of raw probabilities may be from summing to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class LevelCalibrator:
    """One calibrator a split, in the order of `splits`: (m, q) -> (m, q), rows summing to 1."""

    scale: Scale
    masks: BoolArray
    parts: tuple[Calibrator, ...]

    def __call__(self, p: FloatArray) -> FloatArray:
        scores = scores_of(normalised(p), self.masks)
        values = [part(score) for part, score in zip(self.parts, scores, strict=True)]
        return joined(np.column_stack(values), self.scale, self.masks)

    def as_dict(self) -> dict[str, Any]:
        return {
            "scale": self.scale,
            "masks": self.masks.astype(int).tolist(),
            "parts": [calibrators.as_dict(part) for part in self.parts],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> LevelCalibrator:
        parts = tuple(calibrators.from_dict(part) for part in stored["parts"])
        return cls(stored["scale"], np.array(stored["masks"], dtype=np.bool_), parts)


@dataclass(frozen=True, slots=True, eq=False)
class VectorReport:
    """A method's cross-fitted figures over all levels; `why_not` says why it cannot be chosen.

    brier  mean over items of sum_k (p_k - y_k)^2, [0, 2]; for a binary scale of the positive level alone, [0, 1].
    """

    name: str
    log_loss: Estimate
    brier: Estimate
    why_not: str | None
    probability: FloatArray

    def as_dict(self) -> dict[str, Any]:
        return {"log_loss": self.log_loss.as_dict(), "brier": self.brier.as_dict(), "why_not": self.why_not}


@dataclass(frozen=True, slots=True, eq=False)
class LevelCalibration:
    """Every method (first the raw probabilities and the base rate), each split's own report, and the calibrator fitted
    to all items.

    gain  by how much the chosen method's cross-fitted log loss is less than that of the base rate, item by item: what
        the machine knows. Above 0 with its whole interval, or it is not shown to know anything.
    """

    methods: tuple[VectorReport, ...]
    splits: tuple[Calibration, ...]
    masks: BoolArray
    chosen: MethodName | None
    calibrator: LevelCalibrator | None
    reason: str | None
    warnings: tuple[str, ...]
    counts: tuple[int, ...]
    gain: Estimate | None

    def of(self, name: str) -> VectorReport:
        return next(report for report in self.methods if report.name == name)


def splits(scale: Scale, q: int, positive: int) -> BoolArray:
    """Which levels lie on the upper side of each split, (S, q)."""
    levels = np.arange(q)
    if scale == "binary":
        return np.asarray(levels[None, :] == positive)
    if scale == "nominal":
        return np.eye(q, dtype=np.bool_)
    return np.asarray(levels[None, :] >= levels[1:, None])


def joined(values: FloatArray, scale: Scale, masks: BoolArray) -> FloatArray:
    """Calibrated values of the splits (m, S) as probabilities of the levels (m, q)."""
    if scale == "binary":
        return np.asarray(np.where(masks[0], values, 1 - values))
    if scale == "nominal":
        total = values.sum(axis=1, keepdims=True)
        even = np.full(values.shape, 1 / values.shape[1])
        return np.asarray(np.divide(values, total, out=even, where=total > 0))
    falling = np.minimum.accumulate(values, axis=1)
    ends = np.ones((len(values), 1))
    return np.asarray(-np.diff(np.hstack([ends, falling, 0 * ends]), axis=1))


def scores_of(p: FloatArray, masks: BoolArray) -> list[FloatArray]:
    """The raw probability of each split's upper side, S arrays (m,)."""
    return [np.clip(p[:, mask].sum(axis=1), 0, 1) for mask in masks]


def normalised(p: FloatArray) -> FloatArray:
    """Rows that sum to 1. Raises ValueError, with the row, for probabilities outside 0..1, NaN, or another sum."""
    wrong = ~((p >= 0) & (p <= 1)).all(axis=1) | ~(np.abs(p.sum(axis=1) - 1) <= SUM)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"row {row}: {np.round(p[row], 4).tolist()} are no probabilities that sum to 1")
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def calibrate_levels(
    p: FloatArray,
    label: IntArray,
    fold: IntArray,
    *,
    scale: Scale,
    positive: int,
    seed: int = 0,
    draws: int = NULL_DRAWS,
) -> LevelCalibration:
    """Judge every method by the folds (n,) and fit the best to all items. Raises ValueError as `normalised`."""
    p, q = normalised(p), p.shape[1]
    masks, counts = splits(scale, q, positive), tuple(np.bincount(label, minlength=q).tolist())
    sides = [mask[label].astype(np.int64) for mask in masks]
    scores = scores_of(p, masks)
    if reason := _refusal(sides, fold):
        return LevelCalibration((), (), masks, None, None, reason, (), counts, None)
    found = tuple(
        calibration.calibrate(score, side, fold[None], shrink=True, seed=seed, draws=draws)
        for score, side in zip(scores, sides, strict=True)
    )
    reports = _judged(found, scores, sides, fold, label, scale, masks)
    chosen = _chosen(reports)
    parts = tuple(
        calibration.fits_for(side)[chosen](score, side) if one.methods else base_rate(score, side)
        for one, score, side in zip(found, scores, sides, strict=True)
    )
    calibrator = LevelCalibrator(scale, masks, parts)
    gain = _gain(reports, chosen, label)
    return LevelCalibration(reports, found, masks, chosen, calibrator, None, _warnings(found), counts, gain)


def _refusal(sides: Sequence[IntArray], fold: IntArray) -> str | None:
    n = len(fold)
    if not n:
        return "no item has both gold and an answer of the machine"
    if len(np.unique(fold)) < 2:
        return "the items lie in one fold: cross-fitting needs two"
    fewest = max(min(int(side.sum()), n - int(side.sum())) for side in sides)
    if fewest < MIN_CLASS:
        return f"{n} items, {fewest} of them of the rarer label: a calibrator needs {MIN_CLASS} of each"
    return None


def _judged(
    found: Sequence[Calibration],
    scores: Sequence[FloatArray],
    sides: Sequence[IntArray],
    fold: IntArray,
    label: IntArray,
    scale: Scale,
    masks: BoolArray,
) -> tuple[VectorReport, ...]:
    reports = []
    for name in (RAW, BASE, *METHODS):
        why_not = next((w for one in found if (w := _why_not(one, name))), None)
        columns = [
            _probability(one, name, score, side, fold) for one, score, side in zip(found, scores, sides, strict=True)
        ]
        p = joined(np.column_stack(columns), scale, masks)
        reports.append(_figures(name, p, label, scale, masks, why_not))
    return tuple(reports)


def _why_not(one: Calibration, name: str) -> str | None:
    if name in (RAW, BASE):
        return "not a calibrator"
    return next((report.why_not for report in one.methods if report.name == name), None)


def _probability(one: Calibration, name: str, score: FloatArray, side: IntArray, fold: IntArray) -> FloatArray:
    if name == RAW:
        return score
    report = None if name == BASE else next((report for report in one.methods if report.name == name), None)
    return cross_fitted(base_rate, score, side, fold) if report is None else report.probability


def _figures(
    name: str, p: FloatArray, label: IntArray, scale: Scale, masks: BoolArray, why_not: str | None
) -> VectorReport:
    losses = _losses(p, label)
    off = p - np.eye(p.shape[1])[label]
    squares = (off[:, masks[0]] ** 2)[:, 0] if scale == "binary" else (off**2).sum(axis=1)
    return VectorReport(name, mean_loss(losses, "log loss"), mean_loss(squares, "Brier score"), why_not, p)


def _losses(p: FloatArray, label: IntArray) -> FloatArray:
    """Of each item; infinite where its level was given probability 0."""
    given = p[np.arange(len(label)), label]
    return np.asarray(-np.log(given, out=np.full(len(given), -np.inf), where=given > 0))


def _gain(reports: Sequence[VectorReport], chosen: MethodName, label: IntArray) -> Estimate:
    of = {report.name: _losses(report.probability, label) for report in reports}
    gains = of[BASE] - of[chosen]
    value, se = float(gains.mean()), float(gains.std(ddof=1)) / math.sqrt(len(gains))
    return Estimate(value, se, *normal(value, se), "normal, paired by item", len(gains), None)


def _chosen(reports: Sequence[VectorReport]) -> MethodName:
    """The least loss; Platt is always allowed, and never gives probability 0."""
    losses = {report.name: report.log_loss.value for report in reports if report.why_not is None}
    allowed = [name for name in METHODS if name in losses]
    return min(allowed, key=lambda name: np.inf if (loss := losses[name]) is None else loss)


def _warnings(found: Sequence[Calibration]) -> tuple[str, ...]:
    bare = sum(not one.methods for one in found)
    said = [warning for one in found for warning in one.warnings]
    if bare:
        said.append(f"{bare} of {len(found)} splits of the levels have too few items: they keep their base rate")
    return tuple(dict.fromkeys(said))
