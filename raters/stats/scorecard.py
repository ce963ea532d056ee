"""Rows of an evaluation: the figures of one labeler on its pairs, each with an interval over items.

By the bootstrap up to 10,000 items; above, linearised where every level has labels enough (`linearised.py`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raters.stats.bootstrap import REPLICATES
from raters.stats.confusion import f1_score, level_scores, margins, present_levels, scores
from raters.stats.figures import OF_LEVEL, Against, Figure, LevelRow, Row
from raters.stats.intervals import bootstrap, normal, percentile
from raters.stats.linearised import carries, standard_errors
from raters.stats.resampling import MIN_ITEMS, resampled_sums, unusable
from raters.stats.types import BoolArray, FloatArray, IntArray, Scale

WHY_UNDEFINED = {
    "precision": "undefined: the level is never predicted",
    "recall": "undefined: the reference never holds the level",
    "f1": "undefined: neither reference nor prediction holds the level",
    "accuracy": "undefined: no pairs",
    "quadratic_kappa": "undefined: reference and prediction hold one and the same level throughout",
    "mae": "undefined: no pairs",
    "within_one": "undefined: no pairs",
    "difference": "undefined: one of the two F1 is undefined",
    "retention": "undefined: one of the two F1 is undefined, or the rival's is 0",
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
    contestants: Sequence[Contestant],
    multiplicity: IntArray,
    marking: Marking,
    *,
    stream: int = 0,
    by_level: bool = False,
) -> tuple[Row, ...]:
    """A row per contestant, all on the same resamples of items; `multiplicity` (K,) says how many are of each kind.

    `stream` keeps the resamples of different calls under one seed apart; `by_level` asks for each level's figures too.
    """
    blocks = np.stack([block for contestant in contestants for block in _blocks(contestant)], axis=1)
    kinds, n_blocks, q, _ = blocks.shape
    flat = blocks.reshape(kinds, n_blocks * q * q)
    totals = (multiplicity @ flat).reshape(n_blocks, q, q)
    if marking.replicates and carries(totals, int(multiplicity.sum())):
        return tuple(
            _linearised_row(c, multiplicity, blocks[:, 2 * k : 2 * k + 2], totals[2 * k : 2 * k + 2], marking, by_level)
            for k, c in enumerate(contestants)
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
            by_level,
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
    by_level: bool,
) -> Row:
    """`blocks` (K, 2, q, q): what one item of each kind adds to the confusions of the contestant and its rival."""
    n = int(multiplicity @ contestant.labelled)
    involved = blocks.any(axis=(1, 2, 3))
    left_out = total - blocks[involved]
    points, replicates, jackknife = (_figures(each, contestant, marking, by_level) for each in (total, sums, left_out))
    figures = {
        name: figure(
            points[name],
            replicates[name],
            n,
            _why_undefined(name),
            left_out=(jackknife[name], multiplicity[involved]),
        )
        for name in points
    }
    return _row(contestant, multiplicity, total[0], figures, marking)


def _linearised_row(
    contestant: Contestant,
    multiplicity: IntArray,
    blocks: FloatArray,
    total: FloatArray,
    marking: Marking,
    by_level: bool,
) -> Row:
    n = int(multiplicity @ contestant.labelled)
    points = _figures(total, contestant, marking, by_level)

    def of_sums(sums: FloatArray) -> FloatArray:
        by_name = _figures(sums.reshape(-1, *total.shape), contestant, marking, by_level)
        return np.stack([by_name[name] for name in points], axis=-1)

    se = standard_errors(of_sums, blocks.reshape(len(blocks), -1), multiplicity)
    figures = {
        name: linearised_figure(points[name], float(error), n, _why_undefined(name))
        for name, error in zip(points, se, strict=True)
    }
    return _row(contestant, multiplicity, total[0], figures, marking)


def _why_undefined(name: str) -> str:
    """`name` as in `_figures`: a figure, or a figure of a level with the level's index before it."""
    return WHY_UNDEFINED[name.rpartition(" ")[2]]


def _figures(confusions: FloatArray, contestant: Contestant, marking: Marking, by_level: bool) -> dict[str, FloatArray]:
    """Every figure of confusions (..., 2, q, q) of a contestant and its rival, each (...)."""
    own = scores(confusions[..., 0, :, :], scale=marking.scale, positive=marking.positive)
    found = {name: getattr(own, name) for name in WHY_UNDEFINED if getattr(own, name, None) is not None}
    if contestant.rival is not None:
        rival = f1_score(confusions[..., 1, :, :], scale=marking.scale, positive=marking.positive)
        found["difference"] = own.f1 - rival
        if contestant.against == "rival":
            found["retention"] = np.divide(own.f1, rival, out=np.full_like(rival, np.nan), where=rival > 0)
    if by_level:
        for name, figures in zip(OF_LEVEL, level_scores(confusions[..., 0, :, :]), strict=True):
            found |= {f"{level} {name}": figures[..., level] for level in range(figures.shape[-1])}
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
        mae=figures.get("mae"),
        within_one=figures.get("within_one"),
        difference=figures.get("difference", Figure(None, None, None, "nobody to compare with")),
        against=contestant.against,
        excluded_levels=excluded,
        levels=_levels(own, figures) if "0 f1" in figures else (),
        retention=figures.get("retention"),
    )


def _levels(own: FloatArray, figures: dict[str, Figure]) -> tuple[LevelRow, ...]:
    reference, given = margins(own)
    return tuple(
        LevelRow(
            precision=figures[f"{level} precision"],
            recall=figures[f"{level} recall"],
            f1=figures[f"{level} f1"],
            n_reference=float(reference[level]),
            n_given=float(given[level]),
        )
        for level in range(len(own))
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
