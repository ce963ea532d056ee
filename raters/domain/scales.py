"""The scale that the labels of a bare file lie on: declared, or found in it without taking a slip for a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path

from labelhub.lib import tables
from labelhub.lib.errors import BadInput
from labelhub.lib.sheets import number, numbers

Cell = tuple[int, str, str]  # row, column, label


@dataclass(frozen=True)
class Scale:
    """Levels in order, as shown; `place` is the level of each label as written: 1 and 1.0 are one level.

    values   of the levels: their numbers, or their places where the scale is declared in words; None where words are
             only found, in no order.
    """

    names: list[str]
    place: dict[str, int]
    values: list[float] | None

    @classmethod
    def of(
        cls, file: Path, columns: Sequence[Sequence[Cell]], declared: Sequence[str] | None, *, numeric: bool = False
    ) -> Scale:
        """Of the labels in one or more columns.

        declared   the levels, lowest first. Without them: the labels found, by value where they are numbers.
        numeric    refuse words that are not declared.

        Raises BadInput, with row and column, for a label outside the declared levels, and otherwise for NaN and for a
        word among numbers or a number among words of a column.
        """
        if declared is not None:
            return cls._declared(file, columns, declared)
        for cells in columns:
            _refuse_strangers(file, cells)
        cells = list(chain.from_iterable(columns))
        names = sorted({label for *_, label in cells})
        values = numbers(names)
        if values is None:
            if numeric:
                row, column, word = next(cell for cell in cells if number(cell[2]) is None)
                raise fault(file, row, column, f"{word!r} is not a number (--levels names a scale of words)")
            return cls(names, {name: place for place, name in enumerate(names)}, None)
        distinct = sorted(set(values))
        place = {name: distinct.index(value) for name, value in zip(names, values, strict=True)}
        return cls([_shown(value) for value in distinct], place, distinct)

    @classmethod
    def _declared(cls, file: Path, columns: Sequence[Sequence[Cell]], levels: Sequence[str]) -> Scale:
        place = {level: index for index, level in enumerate(levels)}
        named = ",".join(levels)
        if len(place) < max(len(levels), 2):
            raise BadInput(f"--levels needs two levels or more, each once, not {named}")
        for row, column, label in chain.from_iterable(columns):
            if label not in place:
                raise fault(file, row, column, f"{label!r} is not one of {named}")
        values = numbers(levels) or [float(index) for index in place.values()]
        if any(low >= high for low, high in pairwise(values)):
            raise BadInput(f"--levels must rise, lowest first, not {named}")
        return cls(list(levels), place, values)


def fault(file: Path, row: int, column: str, message: str) -> BadInput:
    return BadInput(f"{file.name}: {tables.TableError(message, row, column)}")


def levels_named(text: str | None) -> list[str] | None:
    """What `--levels a,b,c` names."""
    return [level.strip() for level in text.split(",")] if text else None


def _refuse_strangers(file: Path, cells: Sequence[Cell]) -> None:
    """A word among numbers, or a number among words, is a slip unless the scale names it; NaN is a missing value."""
    is_number = {label: number(label) is not None for *_, label in cells}
    usual = 2 * sum(is_number[label] for *_, label in cells) >= len(cells)
    for row, column, label in cells:
        if label.casefold() == "nan":
            raise fault(file, row, column, f"{label!r} is no label: leave it empty where it is missing")
        if is_number[label] != usual:
            what = "no" if usual else "a"
            hint = "(--levels names a scale that holds it)"
            raise fault(file, row, column, f"{label!r} is {what} number, unlike the other labels {hint}")


def _shown(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
