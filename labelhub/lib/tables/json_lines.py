"""JSON Lines: an object a line, by the standard json module, stricter than its default."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from labelhub.lib.tables.cells import (
    MAX_COLUMNS,
    Cell,
    ColumnType,
    Limits,
    Row,
    TableError,
    checked_names,
    missing_columns,
    plain_text,
    text_fault,
)
from labelhub.lib.tables.lines import Lines


class _DuplicateKey(Exception):
    pass


def columns(path: Path, limits: Limits) -> list[str]:
    known: dict[str, None] = {}
    for number, record, _ in _records(path):
        if not known.keys() >= record.keys():
            known |= dict.fromkeys(checked_names(record, number))
            if len(known) > MAX_COLUMNS:
                raise TableError(f"there are more than {MAX_COLUMNS} columns", number)
    return list(known)


def rows(path: Path, names: Sequence[str], limits: Limits) -> Iterator[Row]:
    _require(path, names, limits)
    for number, record, suspect in _records(path):
        try:
            values = tuple([plain_text(record.get(name)) for name in names])
        except (ValueError, RecursionError) as error:
            raise _without_text(record, names, number) from error
        if suspect:
            _refuse(names, values, number)
        yield number, values


def write(path: Path, columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Cell]], limits: Limits) -> int:
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=datetime.isoformat).encode
    names = list(columns)
    count = 0
    with path.open("x", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(encode(dict(zip(names, row, strict=True))) + "\n")
            count += 1
    return count


def _require(path: Path, names: Sequence[str], limits: Limits) -> None:
    """Raise TableError unless every name is a key of some row; most often the first row has them all."""
    unseen = set(names)
    for _, record, _ in _records(path):
        unseen -= record.keys()
        if not unseen:
            return
    if unseen:
        raise missing_columns(names, columns(path, limits))


def _records(path: Path) -> Iterator[tuple[int, dict[str, object], bool]]:
    """Yield number, object and whether its texts must be looked at, for every line that is not blank."""
    decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant).decode
    with path.open("rb") as file:
        lines = Lines(file)
        number = 0
        for number, line in enumerate(lines, 1):
            if not line.isspace():
                yield number, _object(decode, line, number), lines.suspect or "\\u" in line
            lines.begin(number + 1)
        if number == 0:
            raise TableError("the file is empty")


def _object(decode: Callable[[str], object], line: str, number: int) -> dict[str, object]:
    try:
        value = decode(line)
    except _DuplicateKey as error:
        raise TableError("the key is there twice", number, str(error)) from error
    except json.JSONDecodeError as error:
        raise TableError(f"broken JSON at character {error.colno}: {error.msg}", number) from error
    except RecursionError as error:
        raise TableError("the JSON is nested too deeply", number) from error
    except ValueError as error:
        raise TableError(f"broken JSON: {error}", number) from error
    if not isinstance(value, dict):
        raise TableError("the line is not a JSON object", number)
    return value


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKey(next(key for key in record if keys.count(key) > 1))
    return record


def _refuse_constant(token: str) -> object:
    raise ValueError(f"{token} is not JSON")


def _without_text(record: dict[str, object], names: Sequence[str], number: int) -> TableError:
    for name in names:
        try:
            plain_text(record.get(name))
        except RecursionError:
            return TableError("the value is nested too deeply", number, name)
        except ValueError as error:
            return TableError(f"the value cannot be kept: {error}", number, name)
    return TableError("a value cannot be kept", number)


def _refuse(names: Sequence[str], values: Sequence[str | None], number: int) -> None:
    for name, text in zip(names, values, strict=True):
        if text and (fault := text_fault(text)):
            raise TableError(f"the value {fault}", number, name)
