"""A table in a bare file, as commands read it without a database: rows by column, every fault with its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from labelhub.lib import tables
from labelhub.lib.errors import BadInput

YES, NO = ("1", "1.0", "true"), ("0", "0.0", "false")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: its number as the format counts, and its cells by column, None where empty."""

    file: Path
    row: int
    cells: Mapping[str, str | None]

    def fault(self, column: str, message: str) -> BadInput:
        return BadInput(f"{self.file.name}: {tables.TableError(message, self.row, column)}")

    def text(self, column: str) -> str:
        """The cell's text. Raises BadInput where it is empty."""
        text = self.cells[column]
        if not text:
            raise self.fault(column, "is empty")
        return text

    def truth(self, column: str, hint: str = "") -> bool | None:
        """1 or 0, as such or as true and false. Raises BadInput for anything else: "No" is no 0."""
        text = self.cells[column]
        if text is not None and text.casefold() not in YES + NO:
            raise self.fault(column, f"{text!r} is neither 1 nor 0{hint}")
        return None if text is None else text.casefold() in YES

    def chance(self, column: str, *, above_zero: bool = False) -> float | None:
        """A probability in 0..1. Raises BadInput for anything else, NaN among it."""
        text = self.cells.get(column)
        if text is None:
            return None
        value = number(text)
        if value is None or not 0 <= value <= 1 or (above_zero and value == 0):
            raise self.fault(column, f"{text!r} is no probability {'above 0, up to 1' if above_zero else 'in 0..1'}")
        return value


def read(file: Path, wanted: Sequence[str], optional: Sequence[str] = ()) -> list[Line]:
    """Every row, with the wanted columns and those of the optional ones that the file has.

    Raises BadInput for a file that is not there or cannot be read, and a wanted column that it lacks.
    """
    if not file.is_file():
        raise BadInput(f"no file {file}")
    try:
        there = tables.columns(file) if optional else []
        names = [*wanted, *(name for name in optional if name in there)]
        rows = chain.from_iterable(tables.read(file, names))
        return [Line(file, row, dict(zip(names, values, strict=True))) for row, values in rows]
    except tables.TableError as error:
        raise BadInput(f"{file.name}: {error}") from None


def refuse_repeats(lines: Sequence[Line], column: str) -> None:
    """Raises BadInput for a second row with the same text in the column; empty cells are no text."""
    first: dict[str, int] = {}
    for line in lines:
        text = line.cells.get(column)
        if text is not None and (earlier := first.setdefault(text, line.row)) != line.row:
            raise line.fault(column, f"{text!r} is in row {earlier} already")


def number(text: str) -> float | None:
    """The text as a finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def numbers(texts: Sequence[str]) -> list[float] | None:
    """All of them as finite numbers, or None."""
    values = [value for text in texts if (value := number(text)) is not None]
    return values if len(values) == len(texts) else None
