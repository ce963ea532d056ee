"""CSV and TSV, by the standard csv module: one record at a time, so that every error has its row."""

import csv
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from labelhub.lib.tables.cells import (
    MAX_ROW,
    Cell,
    ColumnType,
    Limits,
    Row,
    TableError,
    checked_names,
    guarded,
    missing_columns,
    plain_text,
    text_fault,
    unguarded,
)
from labelhub.lib.tables.lines import Lines

# The number of a record, its cells, and whether they must be looked at.
_Record = tuple[int, list[str], bool]

_QUOTED = re.compile(r'"[^"]*("|$)')
# The messages of the csv module that need other words, by their start.
_REASONS = {
    "unexpected end of data": "a quote is opened and never closed",
    "new-line character seen": "a carriage return stands alone; end lines with LF or CRLF",
}


@dataclass(frozen=True, slots=True)
class Delimited:
    """One of the `delimiters`, whichever the header holds most; written with the first."""

    delimiters: str

    def columns(self, path: Path, limits: Limits) -> list[str]:
        with closing(self._records(path)) as records:
            return _header(records)

    def rows(self, path: Path, names: Sequence[str], limits: Limits) -> Iterator[Row]:
        with closing(self._records(path)) as records:
            header = _header(records)
            if not set(names) <= set(header):
                raise missing_columns(names, header)
            places = [header.index(name) for name in names]
            width = len(header)
            for number, record, suspect in records:
                if len(record) != width:
                    raise _ragged(header, record, number)
                if suspect:
                    _refuse(header, record, number)
                cells = [record[place] for place in places]
                yield number, tuple([unguarded(cell) if cell[:1] == "'" else cell or None for cell in cells])

    def write(
        self, path: Path, columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Cell]], limits: Limits
    ) -> int:
        count = 0
        with path.open("x", encoding="utf-8", newline="") as file:
            # The writer quotes whatever its line end holds: with CRLF a lone CR or LF inside a cell is quoted too.
            writer = csv.writer(file, delimiter=self.delimiters[0], lineterminator="\r\n")
            writer.writerow([guarded(name) for name in columns])
            for row in rows:
                writer.writerow([guarded(value) if isinstance(value, str) else plain_text(value) for value in row])
                count += 1
        return count

    def _records(self, path: Path) -> Generator[_Record, None, None]:
        """Every record that is not a blank line, the header first."""
        csv.field_size_limit(MAX_ROW)  # the default of 128 KiB refuses long texts; `Lines` holds the real limit
        with path.open("rb") as file:
            lines = Lines(file, hint="; is a quote never closed?")
            physical = iter(lines)
            first = next(physical, None)
            if first is None:
                raise TableError("the file is empty")
            reader = csv.reader(chain([first], physical), delimiter=self._delimiter(first), strict=True)
            while True:
                try:
                    record = next(reader, None)
                except csv.Error as error:
                    raise TableError(_reason(error), lines.row) from error
                if record is None:
                    return
                if record:
                    yield lines.row, record, lines.suspect
                lines.begin(lines.row + 1)

    def _delimiter(self, header: str) -> str:
        return max(self.delimiters, key=_QUOTED.sub("", header).count)


CSV = Delimited(",;\t")
TSV = Delimited("\t")


def _reason(error: csv.Error) -> str:
    return next((reason for start, reason in _REASONS.items() if str(error).startswith(start)), str(error))


def _header(records: Iterator[_Record]) -> list[str]:
    number, record, _ = next(records, (1, [], False))
    if not record:
        raise TableError("the file is empty")
    return checked_names((unguarded(name) for name in record), number)


def _ragged(header: list[str], record: list[str], number: int) -> TableError:
    message = f"{len(record)} cells, but the header has {len(header)}"
    return TableError(message, number, header[len(record)] if len(record) < len(header) else None)


def _refuse(header: list[str], record: list[str], number: int) -> None:
    for name, cell in zip(header, record, strict=True):
        if fault := text_fault(cell):
            raise TableError(f"the value {fault}", number, name)
