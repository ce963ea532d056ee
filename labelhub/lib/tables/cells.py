"""What the formats share: the row, the error, the limits, and the text of a value."""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

Row = tuple[int, tuple[str | None, ...]]
Cell = str | int | float | bool | datetime | None
ColumnType = type[str] | type[int] | type[float] | type[bool] | type[datetime]

MAX_COLUMNS = 10_000
# Bytes of a row in a text file, and of a cell in Parquet.
MAX_ROW = 16 * 2**20
TOO_LONG = f"is longer than {MAX_ROW // 2**20} MiB"

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What DuckDB may use while it reads or writes Parquet."""

    memory_mb: int = 512
    threads: int = 2


DEFAULT_LIMITS = Limits()


class TableError(ValueError):
    """A fault of a file, at a row (numbered as the format does) and a column, each None where it is not known."""

    def __init__(self, message: str, row: int | None = None, column: str | None = None) -> None:
        super().__init__(message, row, column)
        self.message = message
        self.row = row
        self.column = column

    def __str__(self) -> str:
        row = [] if self.row is None else [f"row {self.row}"]
        column = [] if self.column is None else [f"column {shown(self.column)!r}"]
        place = ", ".join(row + column)
        return f"{place}: {self.message}" if place else self.message


def shown(text: str, length: int = 80) -> str:
    """The text, cut for a message."""
    return text if len(text) <= length else text[: length - 1] + "…"


def checked_names(names: Iterable[str], row: int | None = None) -> list[str]:
    """The column names; raises TableError when they repeat, are too many, or hold what no database could store."""
    known: dict[str, None] = {}
    for name in names:
        if name in known:
            raise TableError("the column is there twice", row, name)
        if fault := text_fault(name):
            raise TableError(f"the name of a column {fault}", row)
        known[name] = None
        if len(known) > MAX_COLUMNS:
            raise TableError(f"there are more than {MAX_COLUMNS} columns", row)
    return list(known)


def missing_columns(wanted: Iterable[str], there: Iterable[str]) -> TableError:
    """The error that names a column that is not there, and those that are."""
    names = list(there)
    some = ", ".join(shown(name) for name in names[:20])
    rest = f" and {len(names) - 20} more" if len(names) > 20 else ""
    lost = [name for name in dict.fromkeys(wanted) if name not in set(names)]
    return TableError(f"there is no such column; there are: {some}{rest}", column=", ".join(lost))


def text_fault(text: str) -> str | None:
    """Why PostgreSQL could not store the text, or None."""
    if "\0" in text:
        return "holds a NUL character"
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return "is not UTF-8 text"
    return None


def float_text(value: float) -> str:
    """The shortest digits that give the number back, without a trailing ``.0``; raises ValueError if not finite."""
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number")
    return repr(value).removesuffix(".0")


def plain_text(value: object) -> str | None:
    """The text of a JSON value, or of a cell to be written; None when it is missing."""
    match value:
        case None | "":
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return float_text(value)
        case datetime():
            return value.isoformat()
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _text_cell(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(_mismatch(value, "str"))
    if fault := text_fault(value):
        raise ValueError(f"the value {fault}")
    if len(value) > MAX_ROW:
        raise ValueError(f"the value {TOO_LONG}")
    return value


def _integer_cell(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(_mismatch(value, "int"))
    if not -(2**63) <= value < 2**63:
        raise ValueError("the value does not fit into 64 bits")
    return value


def _float_cell(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(_mismatch(value, "float"))
    if not math.isfinite(value):
        raise ValueError(f"the value is {value}, which is not a number")
    return float(value)


def _boolean_cell(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_mismatch(value, "bool"))
    return value


def _time_cell(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError(_mismatch(value, "datetime"))
    if value.tzinfo is None:
        raise ValueError("the value is a time without a time zone")
    return value.astimezone(UTC)


def _mismatch(value: object, kind: str) -> str:
    return f"the value is of type {type(value).__name__}, the column of type {kind}"


# The cell that a value becomes in a column of the type; raises ValueError where `write` says so.
CELL_OF: Mapping[ColumnType, Callable[[object], Cell]] = {
    str: _text_cell,
    int: _integer_cell,
    float: _float_cell,
    bool: _boolean_cell,
    datetime: _time_cell,
}


def guarded(text: str) -> str:
    """The text as a CSV cell that no spreadsheet runs; `unguarded` gives it back."""
    return "'" + text if _FORMULA.match(text) else text


def unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and _FORMULA.match(cell) else cell
