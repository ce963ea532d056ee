"""Whether the scores of a bare file are probabilities, and which calibrator makes them so."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from labelhub.lib import tables
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from raters.stats.calibration import FOLDS, calibrate
from raters.stats.calibration_error import reliability_table
from raters.stats.types import FloatArray, IntArray

LABELS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1}


class Command(Base):
    help = "Calibrate the scores of FILE: columns score = P(positive) in 0..1 and label = 0 or 1, one row an item."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--score", default="score", metavar="COL")
        parser.add_argument("--label", default="label", metavar="COL")
        parser.add_argument("--item", metavar="COL", help="refuse an item that stands there twice (default: item_id)")
        parser.add_argument("--group", metavar="COL", help="items of one group, as of one video, share a fold")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return False

    def work(self, **options: Any) -> dict[str, Any]:
        file = options["file"]
        if not file.is_file():
            raise BadInput(f"no file {file}")
        try:
            table = _Table.read(file, options)
        except tables.TableError as error:
            raise BadInput(f"{file.name}: {error}") from None
        if not len(table.label):
            raise BadInput(f"{file.name}: no row holds both a score and a label")
        folds = _folds(table.group, options["seed"]) if options["group"] else None
        found = calibrate(table.score, table.label, folds, seed=options["seed"])
        shown = next((method for method in found.methods if method.name == found.chosen), None)
        bins = reliability_table(shown.probability, table.label) if shown else []
        return {
            "file": file.name,
            "seed": options["seed"],
            "n_without_label": table.n_without_label,
            "n_without_score": table.n_without_score,
            **found.as_dict(),
            "reliability": [row.as_dict() for row in bins],
        }


class _Table:
    """The rows with a score and a label; the others are counted."""

    def __init__(self) -> None:
        self.scores: list[float] = []
        self.labels: list[int] = []
        self.group: list[str] = []
        self.n_without_label = self.n_without_score = 0

    @property
    def score(self) -> FloatArray:
        return np.array(self.scores, dtype=np.float64)

    @property
    def label(self) -> IntArray:
        return np.array(self.labels, dtype=np.int64)

    @classmethod
    def read(cls, file: Path, options: dict[str, Any]) -> _Table:
        table, rows_of = cls(), dict[str, int]()
        item = options["item"] or ("item_id" if "item_id" in tables.columns(file) else None)
        names = [options["score"], options["label"], *filter(None, (item, options["group"]))]
        for number, values in chain.from_iterable(tables.read(file, names)):
            row = dict(zip(names, values, strict=True))
            if item:
                _refuse_repeat(row[item], number, item, rows_of)
            table.add(number, row, options)
        return table

    def add(self, number: int, row: dict[str, str | None], options: dict[str, Any]) -> None:
        score, label, group = (row.get(options[name]) for name in ("score", "label", "group"))
        # A bad value is a fault even where the other column is empty.
        value = None if score is None else _score(score, number, options["score"])
        truth = None if label is None else _label(label, number, options["label"])
        if options["group"] and not group:
            raise tables.TableError("is empty", row=number, column=options["group"])
        self.n_without_label += truth is None
        self.n_without_score += value is None and truth is not None
        if value is not None and truth is not None:
            self.scores.append(value)
            self.labels.append(truth)
            self.group.append(group or "")


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


def _folds(group: list[str], seed: int) -> IntArray:
    """Whole groups to folds, in random order, always to the fold with the fewest items."""
    names, index, sizes = np.unique(np.array(group), return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise BadInput("every item is of one group: cross-fitting needs two")
    fold_of, load = np.empty(len(names), dtype=np.int64), np.zeros(min(FOLDS, len(names)))
    for k in np.random.default_rng(seed).permutation(len(names)):
        fold_of[k] = load.argmin()
        load[fold_of[k]] += sizes[k]
    return np.asarray(fold_of[index], dtype=np.int64)
