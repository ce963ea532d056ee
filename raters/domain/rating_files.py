"""Ratings in a bare file, one row a rating: what commands read without a database. Every fault names row and column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labelhub.lib import sheets
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
    found = [
        Line(
            line.row,
            line.text(columns.item),
            line.text(columns.rater),
            line.cells[columns.label],
            tuple(line.cells[column] for column in more),
        )
        for line in sheets.read(file, (columns.item, columns.rater, columns.label, *more))
    ]
    if not any(line.label is not None for line in found):
        raise BadInput(f"{file.name}: no label in it")
    return found


def refuse_repeats(file: Path, lines: Sequence[Line], hint: str = "") -> None:
    first: dict[tuple[str, str], int] = {}
    for line in lines:
        earlier = first.setdefault((line.item, line.rater), line.row)
        if earlier != line.row:
            raise BadInput(
                f"{file.name}: row {line.row}: rater {line.rater!r} has answered item {line.item!r} in row {earlier} "
                f"already{hint}"
            )
