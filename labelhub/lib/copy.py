"""PostgreSQL COPY over Django's connection: how rows enter and leave in bulk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql


@contextmanager
def raw_cursor() -> Iterator[psycopg.Cursor[tuple[Any, ...]]]:
    """A plain psycopg cursor on Django's connection, inside Django's transaction (Django's own cursor lacks COPY)."""
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[Any, ...]] = connection.connection
    with psycopg.Cursor(raw) as cursor:
        yield cursor


def copy_in(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """COPY `rows` into `table`; returns how many. Values are sent as text, None as NULL."""
    count = 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with raw_cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


@contextmanager
def staging(table: str, columns: str) -> Iterator[str]:
    """A temporary table that lives until the end of the transaction, dropped early when the block ends well."""
    with raw_cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(sql.Identifier(table), sql.SQL(columns))
        )
    yield table
    with raw_cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))


def execute(statement: str, params: Sequence[Any] = ()) -> int:
    """Run one statement; returns the number of rows it touched."""
    with raw_cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.rowcount
