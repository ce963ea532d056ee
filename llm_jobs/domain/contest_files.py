"""Ratings beside a model's labels in a bare file: a row a rating, the model's label repeated in each row of an item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

import numpy as np

from labelhub.lib.errors import BadInput
from raters.domain import rating_files
from raters.domain.rating_files import Columns, Line
from raters.stats.types import IntArray, Ratings

MOST_ARE_NUMBERS = 0.5
Cell = tuple[int, str, str]  # row, column, label


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
    scale = _Scale.of(file, given, machines, levels, numeric=numeric)
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


def _coded(of_item: dict[str, str], items: Sequence[str], scale: _Scale) -> IntArray:
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
            raise rating_files.fault(file, line.row, llm, message)
    return {item: label for item, (label, _) in found.items()}


@dataclass(frozen=True)
class _Scale:
    """`place` is the level of each label as written: 1 and 1.0 are one level."""

    names: list[str]
    place: dict[str, int]
    values: list[float] | None

    @classmethod
    def of(
        cls,
        file: Path,
        given: Sequence[Cell],
        machines: Sequence[Sequence[Cell]],
        levels: Sequence[str] | None,
        *,
        numeric: bool,
    ) -> _Scale:
        cells = [*given, *chain.from_iterable(machines)]
        if levels is not None:
            return cls._declared(file, cells, levels)
        _refuse_strangers(file, cells, numeric=numeric)
        names = sorted({label for *_, label in cells})
        values = rating_files.numbers(names)
        if values is None:
            scale = cls(names, {name: place for place, name in enumerate(names)}, None)
        else:
            distinct = sorted(set(values))
            place = {name: distinct.index(value) for name, value in zip(names, values, strict=True)}
            scale = cls([f"{value:g}" for value in distinct], place, distinct)
        for machine in machines:
            _refuse_two_languages(file, given, machine, scale.place)
        return scale

    @classmethod
    def _declared(cls, file: Path, cells: Sequence[Cell], levels: Sequence[str]) -> _Scale:
        place = {level: index for index, level in enumerate(levels)}
        if len(place) < max(len(levels), 2):
            raise BadInput(f"--levels needs two levels or more, each once, not {','.join(levels)}")
        for row, column, label in cells:
            if label not in place:
                raise rating_files.fault(file, row, column, f"{label!r} is not one of {','.join(levels)}")
        values = rating_files.numbers(levels) or [float(index) for index in place.values()]
        if any(low >= high for low, high in pairwise(values)):
            raise BadInput(f"--levels must rise, lowest first, not {','.join(levels)}")
        return cls(list(levels), place, values)


def _refuse_strangers(file: Path, cells: Sequence[Cell], *, numeric: bool) -> None:
    """A word among numbers, or NaN anywhere, is most often a slip: it must not become a level of its own."""
    words = [cell for cell in cells if rating_files.number(cell[2]) is None]
    if not numeric and 1 - len(words) / len(cells) <= MOST_ARE_NUMBERS:
        words = [cell for cell in words if cell[2].casefold() == "nan"]
    if not words:
        return
    row, column, label = words[0]
    raise rating_files.fault(file, row, column, f"{label!r} is not a number (--levels names a scale of words)")


def _refuse_two_languages(file: Path, given: Sequence[Cell], machine: Sequence[Cell], place: dict[str, int]) -> None:
    ours = {place[label] for *_, label in given}
    if ours.isdisjoint(place[label] for *_, label in machine):
        row, column, label = machine[0]
        raise rating_files.fault(file, row, column, f"{label!r}: no label of the model is one of the raters'")
