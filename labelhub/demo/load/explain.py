"""Which statements take PostgreSQL's time: its own log of every statement, for the time of a short load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

SETTING = "log_min_duration_statement"


def log_file() -> Path | None:
    """The embedded server's log; another server's is not ours to read."""
    return settings.EMBEDDED_POSTGRES.data / "log" if settings.EMBEDDED_POSTGRES else None


@contextmanager
def every_statement(log: Path) -> Iterator[list[str]]:
    """Yields a list, filled at the end with the lines that were logged meanwhile."""
    lines: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(f"SET {SETTING} = -1")  # our own statements are not of the load
    begun = log.stat().st_size
    _set("0")
    try:
        yield lines
    finally:
        _set("-1")
        with log.open(encoding="utf-8", errors="replace") as file:
            file.seek(begun)
            lines += file.read().splitlines()


def _set(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SYSTEM SET {SETTING} = {value}")
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("SELECT pg_sleep(0.2)")  # the other sessions read it when they next wait for a statement
