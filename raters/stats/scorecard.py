"""Rows of an evaluation: the figures of one labeler on its pairs, each with an interval over items.

By the bootstrap up to 10,000 items; above, linearised where every level has labels enough (`linearised.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from raters.stats.bootstrap import REPLICATES
from raters.stats.confusion import f1_score, present_levels, scores
from raters.stats.intervals import bootstrap, normal, percentile
from raters.stats.linearised import carries, standard_errors
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
    "retention": "undefined: one of the two F1 is undefined, or the rival's is 0",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; None where undefined or refused, and then `reason` says why.

    method   how the interval was obtained, in words; None without one.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str | None = None
    method: str | None = None

    def as_dict(self) -> dict[str, float | str | None]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One labeler.

    n_items, n_pairs   items and (item, rater) pairs it is scored on; n_failed: items it has no label for.
    difference         its F1 minus that of its rival (`against`: the pooled raters, the row's rater, a rival), on
                       the same pairs and the same resamples of items.
    retention          its F1 as a share of its rival's, >= 0; None unless `against` is a rival.
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
    retention: Figure | None = None

    def as_dict(self) -> dict[str, object]:
        """Strict JSON; `quadratic_kappa` on ordinal rows only, `annotators` on rater rows only."""
        kappa = {} if self.quadratic_kappa is None else {"quadratic_kappa": self.quadratic_kappa.as_dict()}
        annotators = {} if self.annotators is None else {"annotators": [row.as_dict() for row in self.annotators]}
        gap = self.difference.as_dict()
        value = gap.pop("value")
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
            f"vs_{self.against}": {"difference": value, **gap},
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
    totals = (multiplicity @ flat).reshape(n_blocks, q, q)
    if marking.replicates and carries(totals, int(multiplicity.sum())):
        return tuple(
            _linearised_row(contestant, multiplicity, blocks[:, 2 * k : 2 * k + 2], totals[2 * k : 2 * k + 2], marking)
            for k, contestant in enumerate(contestants)
        )
    rng = np.random.default_rng([marking.seed, stream])
    sums = resampled_sums(flat, multiplicity, marking.replicates, rng).reshape(-1, n_blocks, q, q)
    return tuple(
        _bootstrapped_row(
            contestant,
            multiplicity,
            blocks[:, 2 * k : 2 * k + 2],
            totals[2 * k : 2 * k + 2],
            sums[:, 2 * k : 2 * k + 2],
            marking,
        )
        for k, contestant in enumerate(contestants)
    )


def _blocks(contestant: Contestant) -> tuple[FloatArray, FloatArray]:
    if contestant.rival is None:
        return contestant.confusion, np.zeros_like(contestant.confusion)
    return contestant.confusion, contestant.rival * contestant.labelled[:, None, None]


def _bootstrapped_row(
    contestant: Contestant,
    multiplicity: IntArray,
    blocks: FloatArray,
    total: FloatArray,
    sums: FloatArray,
    marking: Marking,
) -> Row:
    """`blocks` (K, 2, q, q): what one item of each kind adds to the confusions of the contestant and its rival."""
    n = int(multiplicity @ contestant.labelled)
    involved = blocks.any(axis=(1, 2, 3))
    left_out = total - blocks[involved]
    points, replicates, jackknife = (_figures(each, contestant, marking) for each in (total, sums, left_out))
    figures = {
        name: figure(
            points[name],
            replicates[name],
            n,
            WHY_UNDEFINED[name],
            left_out=(jackknife[name], multiplicity[involved]),
        )
        for name in points
    }
    return _row(contestant, multiplicity, total[0], figures, marking)


def _linearised_row(
    contestant: Contestant, multiplicity: IntArray, blocks: FloatArray, total: FloatArray, marking: Marking
) -> Row:
    n = int(multiplicity @ contestant.labelled)
    points = _figures(total, contestant, marking)

    def of_sums(sums: FloatArray) -> FloatArray:
        by_name = _figures(sums.reshape(-1, *total.shape), contestant, marking)
        return np.stack([by_name[name] for name in points], axis=-1)

    se = standard_errors(of_sums, blocks.reshape(len(blocks), -1), multiplicity)
    figures = {
        name: linearised_figure(points[name], float(error), n, WHY_UNDEFINED[name])
        for name, error in zip(points, se, strict=True)
    }
    return _row(contestant, multiplicity, total[0], figures, marking)


def _figures(confusions: FloatArray, contestant: Contestant, marking: Marking) -> dict[str, FloatArray]:
    """Every figure of confusions (..., 2, q, q) of a contestant and its rival, each (...)."""
    own = scores(confusions[..., 0, :, :], scale=marking.scale, positive=marking.positive)
    found = {name: getattr(own, name) for name in WHY_UNDEFINED if getattr(own, name, None) is not None}
    if contestant.rival is not None:
        rival = f1_score(confusions[..., 1, :, :], scale=marking.scale, positive=marking.positive)
        found["difference"] = own.f1 - rival
        if contestant.against == "rival":
            found["retention"] = np.divide(own.f1, rival, out=np.full_like(rival, np.nan), where=rival > 0)
    return found


def _row(
    contestant: Contestant, multiplicity: IntArray, own: FloatArray, figures: dict[str, Figure], marking: Marking
) -> Row:
    n_labelled = int(multiplicity @ contestant.labelled)
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
        difference=figures.get("difference", Figure(None, None, None, "nobody to compare with")),
        against=contestant.against,
        excluded_levels=excluded,
        retention=figures.get("retention"),
    )


def linearised_figure(value: FloatArray, se: float, n_items: int, why_undefined: str) -> Figure:
    """A figure from its value (scalar array, NaN where undefined) and linearised standard error."""
    point = float(value)
    if not math.isfinite(point):
        return Figure(None, None, None, why_undefined if n_items else "undefined: no pairs")
    if n_items < MIN_ITEMS:
        return Figure(point, None, None, f"interval refused: fewer than {MIN_ITEMS} items")
    if not se > 1e-12:
        return Figure(point, None, None, "interval refused: every resample gives the same value")
    low, high = normal(point, se)
    return Figure(point, low, high, method="linearised over items")


def figure(
    value: FloatArray,
    replicates: FloatArray,
    n_items: int,
    why_undefined: str,
    *,
    left_out: tuple[FloatArray, IntArray] | None = None,
) -> Figure:
    """A figure from its value (scalar array) and replicates (R,), both NaN where undefined.

    left_out   the values without one item of each of P kinds (P,), and how many are of each kind (P,): then the
               interval is BCa, else percentile.
    """
    point = float(value)
    if not math.isfinite(point):
        return Figure(None, None, None, why_undefined if n_items else "undefined: no pairs")
    if n_items < MIN_ITEMS:
        return Figure(point, None, None, f"interval refused: fewer than {MIN_ITEMS} items")
    if reason := unusable(replicates):
        return Figure(point, None, None, reason)
    defined = replicates[np.isfinite(replicates)]
    if left_out is None:
        low, high = percentile(defined)
        return Figure(point, low, high, method=f"percentile item bootstrap, {len(defined)} replicates")
    (low, high), method = bootstrap(point, defined, *left_out)
    return Figure(point, low, high, method=method)
