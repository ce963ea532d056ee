"""Ratings in a bare file, one row a rating: what commands read without a database. Every fault names row and column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from labelhub.lib import tables
from labelhub.lib.errors import BadInput


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: `label` is None where the rating is missing, `more` holds the further columns."""

    row: int
    item: str
    rater: str
    label: str | None
    more: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    item: str = "item_id"
    rater: str = "rater_id"
    label: str = "label"


def read(file: Path, columns: Columns, more: Sequence[str] = ()) -> list[Line]:
    """Every row of the file. Raises BadInput for a file that cannot be read, and a row without item or rater."""
    if not file.is_file():
        raise BadInput(f"no file {file}")
    lines = []
    try:
        wanted = (columns.item, columns.rater, columns.label, *more)
        for number, (item, rater, label, *rest) in chain.from_iterable(tables.read(file, wanted)):
            for value, column in ((item, columns.item), (rater, columns.rater)):
                if not value:
                    raise tables.TableError("is empty", row=number, column=column)
            lines.append(Line(number, str(item), str(rater), label, tuple(rest)))
    except tables.TableError as error:
        raise BadInput(f"{file.name}: {error}") from None
    if not any(line.label is not None for line in lines):
        raise BadInput(f"{file.name}: no label in it")
    return lines


def refuse_repeats(file: Path, lines: Sequence[Line], hint: str = "") -> None:
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        earlier = first.setdefault((line.item, line.rater), line.row)
        if earlier != line.row:
            raise BadInput(
                f"{file.name}: row {line.row}: rater {line.rater!r} has answered item {line.item!r} in row {earlier} "
                f"already{hint}"
            )


def fault(file: Path, row: int, column: str, message: str) -> BadInput:
    return BadInput(f"{file.name}: {tables.TableError(message, row, column)}")


def numbers(labels: Sequence[str]) -> list[float] | None:
    """The labels as numbers; None where one is not a finite number."""
    values = [number(label) for label in labels]
    return None if None in values else [value for value in values if value is not None]


def number(text: str) -> float | None:
    """The text as a finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
