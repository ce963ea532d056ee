"""Scores and labels in a bare file: one row an item, for `calibrate FILE`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from labelhub.lib import tables
from labelhub.lib.errors import BadInput
from raters.stats.calibration import FOLDS
from raters.stats.types import FloatArray, IntArray

LABELS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}
ITEM = "item_id"


@dataclass(frozen=True, slots=True)
class ScoreColumns:
    """`item` names each row, by default `item_id` where the file has it; `group` keeps items of one video together."""

    score: str = "score"
    label: str = "label"
    item: str | None = None
    group: str | None = None


@dataclass
class ScoreFile:
    """The rows with a score and a label; the others are counted."""

    scores: list[float] = field(default_factory=list)
    labels: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    n_without_label: int = 0
    n_without_score: int = 0

    @property
    def score(self) -> FloatArray:
        return np.array(self.scores, dtype=np.float64)

    @property
    def label(self) -> IntArray:
        return np.array(self.labels, dtype=np.int64)

    def add(self, number: int, row: dict[str, str | None], columns: ScoreColumns) -> None:
        score, label = row[columns.score], row[columns.label]
        # A bad value is a fault even where the other column is empty.
        value = None if score is None else _score(score, number, columns.score)
        truth = None if label is None else _label(label, number, columns.label)
        group = row[columns.group] if columns.group else ""
        if group is None:
            raise tables.TableError("is empty", row=number, column=columns.group)
        self.n_without_label += truth is None
        self.n_without_score += value is None and truth is not None
        if value is not None and truth is not None:
            self.scores.append(value)
            self.labels.append(truth)
            self.groups.append(group)


def read(file: Path, columns: ScoreColumns) -> ScoreFile:
    """Raises `BadInput`, with row and column, for a score outside 0..1, a label other than 0 and 1, an item that stands
    there twice, and a file without one usable row."""
    if not file.is_file():
        raise BadInput(f"no file {file}")
    try:
        found = _read(file, columns)
    except tables.TableError as error:
        raise BadInput(f"{file.name}: {error}") from None
    if not found.labels:
        raise BadInput(f"{file.name}: no row holds both a score and a label")
    return found


def _read(file: Path, columns: ScoreColumns) -> ScoreFile:
    found, rows_of = ScoreFile(), dict[str, int]()
    item = columns.item or (ITEM if ITEM in tables.columns(file) else None)
    names = [columns.score, columns.label, *filter(None, (item, columns.group))]
    for number, values in chain.from_iterable(tables.read(file, names)):
        row = dict(zip(names, values, strict=True))
        if item:
            _refuse_repeat(row[item], number, item, rows_of)
        found.add(number, row, columns)
    return found


def _refuse_repeat(item: str | None, number: int, column: str, rows_of: dict[str, int]) -> None:
    if not item:
        raise tables.TableError("is empty", row=number, column=column)
    earlier = rows_of.setdefault(item, number)
    if earlier != number:
        raise tables.TableError(f"{item!r} stands in row {earlier} already", row=number, column=column)


def _score(text: str, number: int, column: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise tables.TableError(f"{text!r} is not a number", row=number, column=column) from None
    if not 0 <= value <= 1:
        raise tables.TableError(f"{text!r} is not a probability in 0..1", row=number, column=column)
    return value


def _label(text: str, number: int, column: str) -> int:
    if text not in LABELS:
        raise tables.TableError(f"{text!r} is not 0 or 1", row=number, column=column)
    return LABELS[text]


def folds(group: Sequence[str], seed: int) -> IntArray:
    """Whole groups to folds, in random order, always to the fold with the fewest items."""
    names, index, sizes = np.unique(np.array(group), return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise BadInput("every item is of one group: cross-fitting needs two")
    fold_of, load = np.empty(len(names), dtype=np.int64), np.zeros(min(FOLDS, len(names)))
    for k in np.random.default_rng(seed).permutation(len(names)):
        fold_of[k] = load.argmin()
        load[fold_of[k]] += sizes[k]
    return np.asarray(fold_of[index], dtype=np.int64)
