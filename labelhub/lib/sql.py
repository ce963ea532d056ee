"""Plain SQL, prepared, for the few paths where every round trip and every millisecond of a request counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.db import connection
from django.db.backends.utils import CursorWrapper

from labelhub.postgres.base import DatabaseWrapper


def row(sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row, None where there is none."""
    with _cursor() as cursor:
        cursor.execute(sql, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
    return found


def one(sql: str, values: Mapping[str, Any]) -> tuple[Any, ...]:
    """The one row of a statement that always has one."""
    found = row(sql, values)
    if found is None:
        raise LookupError(f"no row: {sql.split()[:3]}")
    return found


def rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with _cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def run(sql: str, values: Mapping[str, Any]) -> int:
    """Execute what returns no rows; how many rows it changed."""
    with _cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


def _cursor() -> CursorWrapper:
    return cast(DatabaseWrapper, connection).prepared_cursor()
