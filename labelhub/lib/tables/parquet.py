"""Parquet, by a DuckDB that sees no file but the one it is given."""

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import duckdb

from labelhub.lib.tables import json_lines
from labelhub.lib.tables.cells import (
    MAX_ROW,
    TOO_LONG,
    Cell,
    ColumnType,
    Limits,
    Row,
    TableError,
    checked_names,
    missing_columns,
)

_VECTOR = 2048
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_SQL_TYPES: dict[ColumnType, str] = {
    str: "VARCHAR",
    int: "BIGINT",
    float: "DOUBLE",
    bool: "BOOLEAN",
    datetime: "TIMESTAMP WITH TIME ZONE",
}


def columns(path: Path, limits: Limits) -> list[str]:
    with _database([path], limits) as database:
        return list(_schema(database, path))


def rows(path: Path, names: Sequence[str], limits: Limits) -> Iterator[Row]:
    with _database([path], limits) as database:
        schema = _schema(database, path)
        if not set(names) <= schema.keys():
            raise missing_columns(names, schema)
        database.execute(_select(schema, names), [_source(path)])
        while batch := database.fetchmany(_VECTOR):
            for number, fault, *values in batch:
                if fault is not None:
                    place, _, reason = fault.partition(" ")
                    raise TableError(f"the value {reason}", number, names[int(place)])
                yield number, tuple(values)


def write(path: Path, columns: Mapping[str, ColumnType], rows: Iterable[Sequence[Cell]], limits: Limits) -> int:
    """DuckDB has no streaming insert without pyarrow, so the rows pass through a JSON Lines file beside the target."""
    if len({name.casefold() for name in columns}) < len(columns):
        raise TableError("two names of columns differ only in case, which DuckDB would rename")
    places = {f"c{place}": kind for place, kind in enumerate(columns.values())}
    lines = path.with_suffix(".jsonl")
    try:
        count = json_lines.write(lines, places, rows, limits)
        with _database([lines, path], limits) as database:
            database.execute(_copy(path, columns, places), [_source(lines)])
    finally:
        lines.unlink(missing_ok=True)
    return count


@contextmanager
def _database(paths: Iterable[Path], limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that may touch `paths` only: no network, no extension, no spill file, no Python object."""
    allowed = ", ".join(_literal(name) for path in paths for name in (str(path.absolute()), _source(path)))
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": f"{limits.memory_mb}MB",
        "threads": limits.threads,
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "python_enable_replacements": False,
    }
    try:
        with duckdb.connect(":memory:", config=config) as database:
            database.execute(f"SET allowed_paths = [{allowed}]")
            database.execute("SET enable_external_access = false")
            database.execute("SET TimeZone = 'UTC'")
            database.execute("SET lock_configuration = true")
            yield database
    except duckdb.Error as error:
        reason = str(error).partition("\n")[0]
        for path in paths:
            reason = reason.replace(str(path.absolute()), path.name)
        raise TableError(f"the Parquet file cannot be used: {reason}") from error


def _source(path: Path) -> str:
    """The path for DuckDB, which would expand ``*``, ``?`` and ``[``."""
    return glob.escape(str(path.absolute()))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _schema(database: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """The SQL type of each top-level column. The schema lists every node of the tree, parents first, root first."""
    query = "SELECT name, num_children, duckdb_type FROM parquet_schema(?)"
    nodes = database.execute(query, [_source(path)]).fetchall()
    top: list[tuple[str, str]] = []
    inner = 0
    for name, children, kind in nodes[1:]:
        if inner == 0:
            top.append((name, kind))
            inner = 1
        inner += (children or 0) - 1
    checked_names(name for name, _ in top)
    return dict(top)


def _select(schema: Mapping[str, str], names: Sequence[str]) -> str:
    """Select row number, fault ("PLACE REASON" or null) and the text of each named column, addressed by position."""
    place_of = {name: place for place, name in enumerate(schema)}
    texts = [_text(f"c{place_of[name]}", schema[name]) for name in names]
    faults = [_fault(place, text, schema[names[place]]) for place, text in enumerate(texts)]
    aliases = ", ".join(f"c{place}" for place in range(len(schema)))
    values = "".join(f", nullif({text}, '')" for text in texts)
    return (
        f"SELECT n + 1, coalesce({', '.join(['NULL', *faults])}){values} "  # noqa: S608 - positions, no names
        f"FROM read_parquet(?, hive_partitioning = false, file_row_number = true) AS t({aliases}, n)"
    )


def _text(column: str, kind: str) -> str:
    """The SQL text of a column by its type."""
    if kind in {"FLOAT", "DOUBLE"}:
        return rf"regexp_replace({column}::VARCHAR, '\.0$', '')"
    if kind.startswith("TIMESTAMP"):
        zone = "+00:00" if kind.endswith("WITH TIME ZONE") else ""
        whole, parts = (f"strftime({column}, '%Y-%m-%dT%H:%M:%S{micro}{zone}')" for micro in ("", ".%f"))
        return f"CASE WHEN microsecond({column}) % 1000000 = 0 THEN {whole} ELSE {parts} END"
    if kind.endswith("]") or kind.startswith(_NESTED):
        return f"to_json({column})::VARCHAR"
    if kind == "BLOB":
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE 'bytes' END"
    return f"{column}::VARCHAR"


def _fault(place: int, text: str, kind: str) -> str:
    checks = {
        f"strlen({text}) > {MAX_ROW}": TOO_LONG,
        f"contains({text}, chr(0))": "holds a NUL character",
    }
    if kind == "BLOB":
        checks = {f"{text} IS NOT NULL": "is binary, not text"}
    elif kind in {"FLOAT", "DOUBLE"}:
        checks = {f"{text} IN ('nan', '-nan', 'inf', '-inf')": "is not a finite number"}
    cases = " ".join(f"WHEN {check} THEN '{place} {reason}'" for check, reason in checks.items())
    return f"CASE {cases} END"


def _copy(path: Path, columns: Mapping[str, ColumnType], places: Mapping[str, ColumnType]) -> str:
    types = ", ".join(f"{place}: '{_SQL_TYPES[kind]}'" for place, kind in places.items())
    named = ", ".join(f"{place} AS {_identifier(name)}" for place, name in zip(places, columns, strict=True))
    return (
        f"COPY (SELECT {named} FROM read_json(?, format = 'newline_delimited', columns = {{{types}}}, "  # noqa: S608
        f"maximum_object_size = {MAX_ROW})) TO {_literal(str(path.absolute()))} (FORMAT parquet, COMPRESSION zstd)"
    )
