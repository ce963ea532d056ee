"""The dev items behind a figure of an evaluation: a cell of a confusion matrix, or what one labeler has right and
another wrong. A list names its items; those of a sealed test are never listed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelhub.lib.errors import BadInput, Refused
from llm_jobs.domain import evaluations
from llm_jobs.domain.machine_labels import machine_labels
from llm_jobs.models import Evaluation
from raters.domain import agreement
from raters.models import RatingItem
from raters.stats.contrasts import untied
from raters.stats.leave_one_out import POOLED
from raters.stats.references import Reference
from raters.stats.types import BoolArray, FloatArray, IntArray

from . import cases, comparisons
from .cases import LIMIT


@dataclass(frozen=True)
class Cell:
    """What `who` called `given` where the reference is `reference` (level keys); or, with a `rival`, the items that
    `who` has right and the rival wrong."""

    who: str
    reference: str = ""
    given: str = ""
    rival: str = ""

    def query(self) -> dict[str, str]:
        named = {"who": self.who, "reference": self.reference, "given": self.given, "rival": self.rival}
        return {name: value for name, value in named.items() if value}


@dataclass(frozen=True)
class _Labels:
    """Labels of one labeler: rows of (item, level given), and the reference each is held to (rows, q)."""

    item: IntArray
    level: IntArray
    truth: FloatArray


def behind(evaluation: Evaluation, cell: Cell) -> list[int]:
    """Rating items of the cell, as ratings and labels are now, at most `LIMIT`.

    Raises `Refused` for a sealed split, `BadInput` for a name or level that the evaluation does not have.
    """
    if evaluation.split != RatingItem.Split.DEV:
        raise Refused("the items of a sealed test are not shown: look at the dev split")
    loaded = agreement.load(evaluation.rating_set, evaluation.split)
    reference = evaluations.reference_of(evaluation, loaded)
    if cell.rival:
        chosen = _won(evaluation, loaded, reference, cell.who, cell.rival)
    else:
        labels = _labels(evaluation, loaded, reference, cell.who)
        truth, given = (_level(evaluation, key) for key in (cell.reference, cell.given))
        chosen = labels.item[(labels.level == given) & (labels.truth[:, truth] > 0)]
    return [loaded.rating_items[i] for i in np.unique(chosen)][:LIMIT]


def _won(evaluation: Evaluation, loaded: agreement.SetRatings, reference: Reference, who: str, rival: str) -> IntArray:
    """Items that the one has right and the other wrong, as McNemar's test counts them."""
    first, second = (_labels(evaluation, loaded, reference, name) for name in (who, rival))
    # Where one is a rater, both are held to the others of that rater.
    judge = second if rival in loaded.names else first
    level = np.full(len(loaded.items), -1, dtype=np.int64)
    level[judge.item] = untied(judge.truth)
    right, wrong = _right(first, level), _right(second, level, wrong=True)
    return np.flatnonzero(right & wrong)


def _right(labels: _Labels, level: IntArray, *, wrong: bool = False) -> BoolArray:
    """Items (n_items,) with an untied reference that the labeler has right, or wrong."""
    found = np.zeros(len(level), dtype=np.bool_)
    held = level[labels.item] >= 0
    found[labels.item] = held & ((labels.level == level[labels.item]) != wrong)
    return found


def _labels(evaluation: Evaluation, loaded: agreement.SetRatings, reference: Reference, who: str) -> _Labels:
    ratings = loaded.ratings
    if who == POOLED or who in loaded.names:
        rows = reference.kind[ratings.item] >= 0
        if who != POOLED:
            rows &= ratings.rater == loaded.names.index(who)
        item, level = ratings.item[rows], ratings.level[rows]
        return _Labels(item, level, reference.for_rater[reference.kind[item], level])
    codes = _codes(evaluation, loaded, who)
    item = np.flatnonzero((codes >= 0) & (reference.kind >= 0))
    return _Labels(item, codes[item], reference.for_machine[reference.kind[item]])


def _codes(evaluation: Evaluation, loaded: agreement.SetRatings, name: str) -> IntArray:
    student = cases.student_of(evaluation, name)
    if student is None:
        found = next((one for one in machine_labels(evaluation.rating_set, loaded.items) if one.name == name), None)
        if found is None:
            raise BadInput(f"no annotator {name!r} in this evaluation")
        return found.codes
    stored = comparisons.stored_labels(student, evaluation.rating_set, loaded.items)
    if stored is None:
        raise BadInput(f"{student} has not scored these items: score the corpus with it to see them")
    return np.array(stored, dtype=np.int64)


def _level(evaluation: Evaluation, key: str) -> int:
    levels = evaluation.result["levels"]
    if key not in levels:
        raise BadInput(f"no level {key!r}: there are {', '.join(levels)}")
    return int(levels.index(key))
