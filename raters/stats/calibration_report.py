"""Everything a page says of a machine's probabilities, as JSON: are they chances, and what may go past the raters.

`views` ask one question each: whether the share of items that turn out to be so is the probability that was given. A
binary scale has one, of its positive level. Any other has `top`, whether the likeliest level is the right one, and one
a level; `top` is judged for every method, the levels for the raw and the chosen probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from raters.stats.calibration import RAW
from raters.stats.calibration_error import (
    NULL_DRAWS,
    brier,
    expected_calibration_error,
    murphy,
    reliability_table,
)
from raters.stats.conformal import label_sets, quantiles_by_level, routing
from raters.stats.intervals import wilson
from raters.stats.level_calibration import LevelCalibration, calibrate_levels, normalised
from raters.stats.selective import (
    Threshold,
    aurc,
    risk_coverage,
    threshold_for_precision,
    threshold_for_recall,
)
from raters.stats.types import FloatArray, IntArray, Scale

TARGETS = (0.8, 0.9, 0.95)
ERRORS = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2)
ALPHA = 0.1
HISTOGRAM = 20
UNEQUAL = "the golden items were drawn with unequal chances: what is certified on them does not hold for the corpus"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Golden items with a machine's answer.

    p        (n, q) raw probabilities in level order.    label  (n,) gold.    answer  (n,) the machine's own level.
    fold     (n,) stored folds.    equal  False where the items were drawn with unequal inclusion probabilities.
    """

    p: FloatArray
    label: IntArray
    answer: IntArray
    fold: IntArray
    scale: Scale
    positive: int
    equal: bool = True


def calibration_report(
    judged: Judged, *, seed: int = 0, draws: int = NULL_DRAWS
) -> tuple[LevelCalibration, dict[str, Any]]:
    """The calibration and the report. Raises ValueError for what is no probability vector, naming the row."""
    found = calibrate_levels(
        judged.p, judged.label, judged.fold, scale=judged.scale, positive=judged.positive, seed=seed, draws=0
    )
    report: dict[str, Any] = {
        "n": len(judged.label),
        "counts": list(found.counts),
        "chosen": found.chosen,
        "reason": found.reason,
        "warnings": list(found.warnings),
        "gain": found.gain.as_dict() if found.gain else None,
        "methods": {method.name: method.as_dict() for method in found.methods},
        "views": _views(judged, found, seed, draws),
        "thresholds": _thresholds(judged) if judged.scale == "binary" else None,
        "decisions": _decisions(judged, found),
        "routing": [_routed(judged, error) for error in ERRORS],
        "conformal": conformal(judged),
    }
    return found, report


def _views(judged: Judged, found: LevelCalibration, seed: int, draws: int) -> list[dict[str, Any]]:
    raw = normalised(judged.p)
    p_of = {method.name: method.probability for method in found.methods} or {RAW: raw}
    options = {"seed": seed, "draws": draws}
    if judged.scale == "binary":
        sides = (judged.label == judged.positive).astype(np.int64)
        return [_view(f"level-{judged.positive}", {m: p[:, judged.positive] for m, p in p_of.items()}, sides, options)]
    top = {name: p.max(axis=1) for name, p in p_of.items()}
    right = {name: (p.argmax(axis=1) == judged.label).astype(np.int64) for name, p in p_of.items()}
    views = [_view("top", top, right, options)]
    few = {name: p for name, p in p_of.items() if name in (RAW, found.chosen)}
    for level in range(judged.p.shape[1]):
        sides = (judged.label == level).astype(np.int64)
        views.append(_view(f"level-{level}", {m: p[:, level] for m, p in few.items()}, sides, options))
    return views


def _view(
    key: str, p_of: dict[str, FloatArray], happened: IntArray | dict[str, IntArray], options: dict[str, Any]
) -> dict[str, Any]:
    """One question under each method; `happened` is 0/1 an item, of each method where they differ in what they say."""
    of = {name: happened[name] if isinstance(happened, dict) else happened for name in p_of}
    return {
        "key": key,
        "n": len(of[RAW]),
        "positives": int(of[RAW].sum()),
        "methods": {name: _judgement(p, of[name], options) for name, p in p_of.items()},
    }


def _judgement(p: FloatArray, y: IntArray, options: dict[str, Any]) -> dict[str, Any]:
    parts = murphy(p, y)
    bins = np.minimum((p * HISTOGRAM).astype(np.int64), HISTOGRAM - 1)
    return {
        "brier": brier(p, y).as_dict(),
        "murphy": parts.as_dict() if parts else None,
        "ece_equal_width": expected_calibration_error(p, y, scheme="equal_width", **options).as_dict(),
        "ece_equal_mass": expected_calibration_error(p, y, scheme="equal_mass", **options).as_dict(),
        "bins": [row.as_dict() for row in reliability_table(p, y)],
        "histogram": np.bincount(bins, minlength=HISTOGRAM).tolist(),
    }


def _thresholds(judged: Judged) -> dict[str, Any]:
    """Where to cut the raw score of the positive level for a wished precision or recall, with a certified bound."""
    score = normalised(judged.p)[:, judged.positive]
    label = (judged.label == judged.positive).astype(np.int64)
    return {
        "precision": [_certified(threshold_for_precision(score, label, target), judged) for target in TARGETS],
        "recall": [_certified(threshold_for_recall(score, label, target), judged) for target in TARGETS],
    }


def _certified(found: Threshold, judged: Judged) -> dict[str, Any]:
    if judged.equal or found.threshold is None:
        return found.as_dict()
    return {**found.as_dict(), "threshold": None, "value": None, "lower": None, "coverage": None, "reason": UNEQUAL}


def _raw_decision(judged: Judged) -> tuple[FloatArray, IntArray]:
    """The machine's own answer: its confidence and whether it is right."""
    p = normalised(judged.p)
    return p[np.arange(len(p)), judged.answer], (judged.answer == judged.label).astype(np.int64)


def _decisions(judged: Judged, found: LevelCalibration) -> dict[str, Any]:
    """Risk at every coverage: the machine's answers by raw confidence, and the likeliest levels once calibrated."""
    confidence, right = _raw_decision(judged)
    report = {RAW: _curve(confidence, right)}
    if found.chosen is not None:
        p = found.of(found.chosen).probability
        report["calibrated"] = _curve(p.max(axis=1), (p.argmax(axis=1) == judged.label).astype(np.int64))
    return report


def _curve(confidence: FloatArray, right: IntArray) -> dict[str, Any]:
    n, wrong = len(right), int((1 - right).sum())
    return {
        "aurc": aurc(confidence, right),
        "risk": proportion(wrong, n),
        "points": [point.as_dict() for point in thinned(risk_coverage(confidence, right))],
    }


def thinned(points: list[Any], limit: int = 200) -> list[Any]:
    """At most about `limit` of the points, the last among them."""
    step = -(-len(points) // limit) or 1
    return points[::-1][::step][::-1]


def _routed(judged: Judged, error: float) -> dict[str, Any]:
    """What may be decided without people at a wrong share of at most `error`, by the raw confidence; `humans` is the
    share that goes to people, None where no threshold is certified and all of it does."""
    confidence, right = _raw_decision(judged)
    found = threshold_for_precision(confidence, right, 1 - error)
    certified = _certified(found, judged)
    some = certified["threshold"] is not None
    return {
        "error": error,
        "threshold": certified["threshold"],
        "reason": certified["reason"],
        "observed": None if certified["value"] is None else 1 - certified["value"],
        "bound": None if certified["lower"] is None else 1 - certified["lower"],
        "n_decided": found.n_taken if some else 0,
        "humans": proportion(found.n - found.n_taken, found.n) if some else None,
    }


def conformal(judged: Judged, *, alpha: float = ALPHA) -> dict[str, Any]:
    """Sets of levels that hold the true one with a chance of 1 - alpha within every level, each fold by the others."""
    p, q = normalised(judged.p), judged.p.shape[1]
    reasons = [quantile.reason for quantile in quantiles_by_level(p, judged.label, alpha)]
    sets = np.ones(p.shape, dtype=np.bool_)
    for k in np.unique(judged.fold):
        inside = judged.fold == k
        sets[inside] = label_sets(p[inside], quantiles_by_level(p[~inside], judged.label[~inside], alpha))
    held = sets[np.arange(len(p)), judged.label]
    routed = routing(sets)
    of_level = [judged.label == level for level in range(q)]
    return {
        "alpha": alpha,
        "levels": [
            {**proportion(int(held[items].sum()), int(items.sum())), "reason": reason}
            for items, reason in zip(of_level, reasons, strict=True)
        ],
        "overall": proportion(int(held.sum()), len(held)),
        "decided": proportion(routed.n_decided, routed.n),
        "several": routed.n_several,
        "empty": routed.n_empty,
    }


def proportion(successes: int, n: int) -> dict[str, float | int | None]:
    """A share with Wilson's interval; the value is None without items."""
    if not n:
        return {"value": None, "low": None, "high": None, "n": 0}
    low, high = wilson(successes, n)
    return {"value": successes / n, "low": low, "high": high, "n": n}
