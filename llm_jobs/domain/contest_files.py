"""Ratings beside a model's labels in a bare file: a row a rating, the model's label repeated in each row of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelhub.lib.errors import BadInput
from raters.domain import rating_files
from raters.domain.rating_files import Columns, Line
from raters.domain.scales import Cell, Scale, fault
from raters.stats.types import IntArray, Ratings


@dataclass(frozen=True, eq=False)
class ContestFile:
    """`models`: column -> level index of each item, -1 without a label; `levels` are as shown, in scale order.

    model_only   levels that no rater has given.
    """

    ratings: Ratings
    models: dict[str, IntArray]
    levels: list[str]
    model_only: list[str]


def read(
    file: Path, columns: Columns, llms: Sequence[str], *, levels: Sequence[str] | None = None, numeric: bool = False
) -> ContestFile:
    """Read and index the file; `llms` are the columns of the models.

    levels    the declared scale, lowest first. Without it: the labels found, by value where they are numbers.
    numeric   the levels must have values: numbers, or places on the declared scale.

    Raises BadInput, with row and column, for a repeated rating, an item with two labels of the model, a label outside
    the declared scale, one that is no number among numbers, and a model that shares no label with the raters.
    """
    lines = rating_files.read(file, columns, llms)
    rated = [line for line in lines if line.label is not None]
    rating_files.refuse_repeats(file, rated)
    given = [(line.row, columns.label, str(line.label)) for line in rated]
    machines = [_model_cells(file, llm, k, lines) for k, llm in enumerate(llms)]
    scale = Scale.of(file, [given, *machines], levels, numeric=numeric)
    if levels is None:
        for machine in machines:
            _refuse_two_languages(file, given, machine, scale.place)
    ratings = Ratings.from_labels(
        [line.item for line in rated],
        [line.rater for line in rated],
        [scale.place[str(line.label)] for line in rated],
        levels=range(len(scale.names)),
        values=scale.values,
    )
    items = list(dict.fromkeys(line.item for line in rated))
    models = {llm: _coded(_model_labels(file, llm, k, lines), items, scale) for k, llm in enumerate(llms)}
    used = {int(level) for codes in models.values() for level in np.unique(codes[codes >= 0])}
    unseen = sorted(used - set(ratings.level.tolist()))
    return ContestFile(ratings, models, scale.names, [scale.names[level] for level in unseen])


def _model_cells(file: Path, llm: str, k: int, lines: Sequence[Line]) -> list[Cell]:
    found = [(line.row, llm, str(line.more[k])) for line in lines if line.more[k] is not None]
    if not found:
        raise BadInput(f"{file.name}: column {llm!r} holds no label")
    return found


def _coded(of_item: dict[str, str], items: Sequence[str], scale: Scale) -> IntArray:
    labels = [of_item.get(item) for item in items]
    return np.array([-1 if label is None else scale.place[label] for label in labels], dtype=np.int64)


def _model_labels(file: Path, llm: str, k: int, lines: Sequence[Line]) -> dict[str, str]:
    """The model's label of each item that has one."""
    found: dict[str, tuple[str, int]] = {}
    for line in lines:
        label = line.more[k]
        if label is None:
            continue
        earlier, row = found.setdefault(line.item, (label, line.row))
        if earlier != label:
            message = f"item {line.item!r} has {label!r} here and {earlier!r} in row {row}"
            raise fault(file, line.row, llm, message)
    return {item: label for item, (label, _) in found.items()}


def _refuse_two_languages(file: Path, given: Sequence[Cell], machine: Sequence[Cell], place: dict[str, int]) -> None:
    ours = {place[label] for *_, label in given}
    if ours.isdisjoint(place[label] for *_, label in machine):
        row, column, label = machine[0]
        raise fault(file, row, column, f"{label!r}: no label of the model is one of the raters'")
