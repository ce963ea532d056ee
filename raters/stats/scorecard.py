"""Rows of an evaluation: the figures of one labeler on its pairs, each with a bootstrap interval over items."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from raters.stats.bootstrap import REPLICATES
from raters.stats.confusion import Scores, f1_score, present_levels, scores
from raters.stats.intervals import percentile
from raters.stats.resampling import MIN_ITEMS, resampled_sums, unusable
from raters.stats.types import BoolArray, FloatArray, IntArray, Scale

Against = Literal["pooled", "rater", "rival"]
WHY_UNDEFINED = {
    "precision": "undefined: the level is never predicted",
    "recall": "undefined: the reference never holds the level",
    "f1": "undefined: neither reference nor prediction holds the level",
    "accuracy": "undefined: no pairs",
    "quadratic_kappa": "undefined: reference and prediction hold one and the same level throughout",
    "difference": "undefined: one of the two F1 is undefined",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % percentile interval; None where undefined or refused, and then `reason` says why."""

    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None

    def as_dict(self) -> dict[str, float | str | None]:
        return {"value": self.value, "low": self.low, "high": self.high, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Row:
    """One labeler.

    n_items, n_pairs   items and (item, rater) pairs it is scored on; n_failed: items it has no label for.
    difference         its F1 minus that of its rival (`against`: the pooled raters, the row's rater, a rival), on
                       the same pairs and the same resamples of items.
    excluded_levels    levels absent from reference and prediction, which macro averages leave out; empty if binary.
    annotators         on a rater's row: the annotators on that rater's pairs.
    """

    name: str
    n_items: int
    n_pairs: int
    n_failed: int
    precision: Figure
    recall: Figure
    f1: Figure
    accuracy: Figure
    quadratic_kappa: Figure | None
    difference: Figure
    against: Against
    excluded_levels: tuple[int, ...]
    annotators: tuple[Row, ...] | None = None

    def as_dict(self) -> dict[str, object]:
        """Strict JSON; `quadratic_kappa` on ordinal rows only, `annotators` on rater rows only."""
        kappa = {} if self.quadratic_kappa is None else {"quadratic_kappa": self.quadratic_kappa.as_dict()}
        annotators = {} if self.annotators is None else {"annotators": [row.as_dict() for row in self.annotators]}
        gap = self.difference
        return {
            "name": self.name,
            "n_items": self.n_items,
            "n_pairs": self.n_pairs,
            "n_failed": self.n_failed,
            "precision": self.precision.as_dict(),
            "recall": self.recall.as_dict(),
            "f1": self.f1.as_dict(),
            "accuracy": self.accuracy.as_dict(),
            **kappa,
            f"vs_{self.against}": {"difference": gap.value, "low": gap.low, "high": gap.high, "reason": gap.reason},
            "excluded_levels": list(self.excluded_levels),
            **annotators,
        }


@dataclass(frozen=True, slots=True)
class Marking:
    """How labels are scored: the scale, its positive level (binary only), and the bootstrap."""

    scale: Scale
    positive: int | None
    seed: int = 0
    replicates: int = REPLICATES


@dataclass(frozen=True, slots=True, eq=False)
class Contestant:
    """What one labeler and its rival contribute per kind of item.

    labelled   shape (K,), bool: whether the labeler has a label. Elsewhere `confusion` is 0.
    confusion  shape (K, q, q), [reference, predicted] of one item of each kind.
    rival      the same of whom it is compared with on every item; None for no comparison.
    """

    name: str
    labelled: BoolArray
    confusion: FloatArray
    rival: FloatArray | None
    against: Against = "pooled"


def rows(
    contestants: Sequence[Contestant], multiplicity: IntArray, marking: Marking, *, stream: int = 0
) -> tuple[Row, ...]:
    """A row per contestant, all on the same resamples of items; `multiplicity` (K,) says how many are of each kind.

    `stream` keeps the resamples of different calls under one seed apart.
    """
    blocks = np.stack([block for contestant in contestants for block in _blocks(contestant)], axis=1)
    kinds, n_blocks, q, _ = blocks.shape
    flat = blocks.reshape(kinds, n_blocks * q * q)
    rng = np.random.default_rng([marking.seed, stream])
    sums = resampled_sums(flat, multiplicity, marking.replicates, rng).reshape(-1, n_blocks, q, q)
    totals = (multiplicity @ flat).reshape(n_blocks, q, q)
    return tuple(
        _row(contestant, multiplicity, totals[2 * k : 2 * k + 2], sums[:, 2 * k : 2 * k + 2], marking)
        for k, contestant in enumerate(contestants)
    )


def _blocks(contestant: Contestant) -> tuple[FloatArray, FloatArray]:
    if contestant.rival is None:
        return contestant.confusion, np.zeros_like(contestant.confusion)
    return contestant.confusion, contestant.rival * contestant.labelled[:, None, None]


def _row(contestant: Contestant, multiplicity: IntArray, total: FloatArray, sums: FloatArray, marking: Marking) -> Row:
    own, rival = total
    point, replicates = _scores(own, marking), _scores(sums[:, 0], marking)
    n_labelled = int(multiplicity @ contestant.labelled)
    gap = Figure(None, None, None, "nobody to compare with")
    if contestant.rival is not None:
        rival_f1, replicates_rival = (
            f1_score(confusion, scale=marking.scale, positive=marking.positive) for confusion in (rival, sums[:, 1])
        )
        gap = figure(point.f1 - rival_f1, replicates.f1 - replicates_rival, n_labelled, WHY_UNDEFINED["difference"])
    figures = {
        name: figure(getattr(point, name), getattr(replicates, name), n_labelled, why)
        for name, why in WHY_UNDEFINED.items()
        if getattr(point, name, None) is not None
    }
    excluded = () if marking.scale == "binary" else tuple(np.flatnonzero(~present_levels(own)).tolist())
    return Row(
        name=contestant.name,
        n_items=n_labelled,
        n_pairs=round(float(own.sum())),
        n_failed=int(multiplicity.sum()) - n_labelled,
        precision=figures["precision"],
        recall=figures["recall"],
        f1=figures["f1"],
        accuracy=figures["accuracy"],
        quadratic_kappa=figures.get("quadratic_kappa"),
        difference=gap,
        against=contestant.against,
        excluded_levels=excluded,
    )


def _scores(confusion: FloatArray, marking: Marking) -> Scores:
    return scores(confusion, scale=marking.scale, positive=marking.positive)


def figure(value: FloatArray, replicates: FloatArray, n_items: int, why_undefined: str) -> Figure:
    """A figure from its value (scalar array) and replicates (R,), both NaN where undefined."""
    point = float(value)
    if not math.isfinite(point):
        return Figure(None, None, None, why_undefined if n_items else "undefined: no pairs")
    if n_items < MIN_ITEMS:
        return Figure(point, None, None, f"interval refused: fewer than {MIN_ITEMS} items")
    if reason := unusable(replicates):
        return Figure(point, None, None, reason)
    low, high = percentile(replicates[np.isfinite(replicates)])
    return Figure(point, low, high)
