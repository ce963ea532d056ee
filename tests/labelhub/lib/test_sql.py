"""Statements that run for every answer are planned once for each connection."""

from __future__ import annotations

import pytest
from django.db import connection

from labelhub.lib import sql

PREPARED = "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%marked here%'"


@pytest.mark.django_db
def test_a_statement_is_prepared_at_once_and_found_again() -> None:
    for value in (1, 2, 3):
        assert sql.one('SELECT %(value)s::int AS "marked here"', {"value": value}) == (value,)
    with connection.cursor() as cursor:
        cursor.execute(PREPARED)
        assert cursor.fetchall() == [('SELECT $1::int AS "marked here"',)]


@pytest.mark.django_db
def test_what_django_itself_sends_is_not_prepared() -> None:
    with connection.cursor() as cursor:
        for value in range(9):
            cursor.execute('SELECT %s AS "sent by marked here"', [value])
        cursor.execute(PREPARED)
        assert cursor.fetchall() == []
