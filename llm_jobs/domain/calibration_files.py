"""Scores and labels in a bare file: one row an item, for `calibrate FILE`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from labelhub.lib import sheets
from labelhub.lib.errors import BadInput
from labelhub.lib.sheets import Line
from raters.stats.calibration import FOLDS
from raters.stats.types import FloatArray, IntArray

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

    def add(self, line: Line, columns: ScoreColumns) -> None:
        # A bad value is a fault even where the other column is empty.
        value, truth = line.chance(columns.score), line.truth(columns.label)
        group = line.text(columns.group) if columns.group else ""
        self.n_without_label += truth is None
        self.n_without_score += value is None and truth is not None
        if value is not None and truth is not None:
            self.scores.append(value)
            self.labels.append(int(truth))
            self.groups.append(group)


def read(file: Path, columns: ScoreColumns) -> ScoreFile:
    """Raises `BadInput`, with row and column, for a score outside 0..1, a label other than 0 and 1, an item that stands
    there twice or has no name, and a file without one usable row."""
    needed = [columns.score, columns.label, *filter(None, (columns.item, columns.group))]
    lines = sheets.read(file, needed, () if columns.item else (ITEM,))
    item = columns.item or ITEM
    found = ScoreFile()
    for line in lines:
        if item in line.cells:
            line.text(item)
        found.add(line, columns)
    sheets.refuse_repeats(lines, item)
    if not found.labels:
        raise BadInput(f"{file.name}: no row holds both a score and a label")
    return found


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
