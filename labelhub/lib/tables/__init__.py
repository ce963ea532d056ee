"""Tables in files: CSV, TSV, JSON Lines and Parquet, in and out, streamed with bounded memory.

One meaning for all formats. A row is its number and a tuple of texts; a value is ``None`` when it is missing: an empty
cell, an empty text, a JSON null, an absent key. What is written in one format and read back gives the same texts as in
any other, whatever the texts hold.

| | CSV, TSV | JSON Lines | Parquet |
|---|---|---|---|
| row number | record, the header is 1 | line, from 1 | from 1 |
| text | as written: ``007``, ``1.0`` | as written | as written |
| integer, boolean | - | ``7``, ``true`` | ``7``, ``true`` |
| float | - | shortest digits, a whole number without ``.0`` | the same |
| time | - | - | ISO 8601, ``2026-11-20T08:00:00+00:00`` |
| list, object | - | compact JSON | compact JSON |
| columns | the header | every key, in order of first appearance | the schema |

CSV is UTF-8, with or without byte order mark, separated by comma, semicolon or tab (whichever the header holds most),
TSV by tab; LF or CRLF ends a line. Records are counted as a spreadsheet does: a line break inside quotes does not
count, a blank line does (and holds no row).

A spreadsheet runs a cell that starts with ``= + - @``, tab or carriage return as a formula. So in CSV and TSV a *text*
of that kind, after any number of apostrophes, is written with one more apostrophe before it, and read with one fewer:
``=1+1`` is written ``'=1+1``, ``'=1+1`` is written ``''=1+1``. Numbers are written as they are. JSON Lines and Parquet
hold texts raw.

CSV and JSON Lines are parsed with the standard library, Parquet by DuckDB. DuckDB's CSV reader is not used: even with
``strict_mode`` it accepts an unclosed quote, drops rows that are too long and renames duplicate columns.

Every fault of a file is a ``TableError`` that names row and column as far as they are known.
"""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from labelhub.lib.tables import delimited, json_lines, parquet
from labelhub.lib.tables.cells import (
    CELL_OF,
    DEFAULT_LIMITS,
    Cell,
    ColumnType,
    Limits,
    Row,
    TableError,
    checked_names,
    shown,
)

__all__ = ["SUFFIXES", "ColumnType", "Limits", "Preview", "Row", "TableError", "columns", "preview", "read", "write"]

# Characters of text held in one batch, whatever its number of rows.
MAX_BATCH = 32 * 2**20


class _Format(Protocol):
    def columns(self, path: Path, limits: Limits) -> list[str]: ...

    def rows(self, path: Path, names: Sequence[str], limits: Limits) -> Iterator[Row]: ...

    def write(
        self, path: Path, columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Cell]], limits: Limits
    ) -> int: ...


_FORMATS: dict[str, _Format] = {
    ".csv": delimited.CSV,
    ".tsv": delimited.TSV,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".parquet": parquet,
}
SUFFIXES = tuple(_FORMATS)


@dataclass(frozen=True, slots=True)
class Preview:
    """The columns of a file and its first rows, with a value for every column."""

    columns: list[str]
    rows: list[Row]


def columns(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> list[str]:
    """The names of the columns. JSON Lines has no header, so the whole file is read."""
    form = _format(path)
    with _readable(path):
        return form.columns(path, limits)


def preview(path: Path, rows: int = 20, *, limits: Limits = DEFAULT_LIMITS) -> Preview:
    """The columns and the first `rows` rows."""
    names = columns(path, limits=limits)
    return Preview(names, next(read(path, names, batch=rows, limits=limits), []))


def read(
    path: Path,
    columns: Sequence[str],
    *,
    where: Mapping[str, str] | None = None,
    batch: int = 5000,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[list[Row]]:
    """Yield the rows in batches of at most `batch`, each with its values in the order of `columns`.

    Only rows whose text in every column of `where` equals the given one are kept; "" stands for a missing value.
    Raises TableError, also after the first batches: a caller that writes does so in one transaction.
    """
    form = _format(path)
    wanted = where or {}
    with _readable(path):
        rows = form.rows(path, [*columns, *wanted], limits)
        if wanted:
            rows = _matching(rows, len(columns), tuple(text or None for text in wanted.values()))
        yield from _batches(rows, batch)


def write(
    path: Path,
    columns: Mapping[str, ColumnType],
    rows: Iterable[Sequence[object]],
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> int:
    """Write the rows and return their number. `columns` maps each name to the type of its values, which may be None.

    The file appears whole under its name, or not at all. Raises TableError on a value of another type, a float that is
    not finite, an integer over 64 bits, a time without zone, and a text that no database could store.
    """
    form = _format(path)
    checked_names(columns)
    with _replacing(path) as unfinished:
        return form.write(unfinished, columns, _checked(columns, rows), limits)


def _format(path: Path) -> _Format:
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise TableError(f"the name must end in {', '.join(SUFFIXES)}, not in {shown(path.suffix) or 'nothing'!r}")
    return form


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        path.open("rb").close()
        yield
    except OSError as error:
        raise TableError(f"the file cannot be read: {error.strerror or error}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A new file in the same folder, which takes the place of `path` when the block ends well."""
    unfinished = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _matching(rows: Iterable[Row], n: int, wanted: tuple[str | None, ...]) -> Iterator[Row]:
    for number, values in rows:
        if values[n:] == wanted:
            yield number, values[:n]


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    weight = 0
    for row in rows:
        batch.append(row)
        weight += sum(map(len, filter(None, row[1])))
        if len(batch) >= size or weight > MAX_BATCH:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _checked(columns: Mapping[str, ColumnType], rows: Iterable[Sequence[object]]) -> Iterator[list[Cell]]:
    names = list(columns)
    makers = [CELL_OF[kind] for kind in columns.values()]
    for number, row in enumerate(rows, 1):
        if len(row) != len(names):
            raise TableError(f"{len(row)} values for {len(names)} columns", number)
        cells: list[Cell] = []
        for value, make in zip(row, makers, strict=True):
            try:
                cells.append(None if value is None else make(value))
            except ValueError as error:
                raise TableError(str(error), number, names[len(cells)]) from error
        yield cells
