"""Connections of the pool: one that died is replaced before anybody gets it."""

from __future__ import annotations

import pytest
from django.db import connection

OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@pytest.mark.django_db(transaction=True)
def test_the_next_request_works_after_the_server_has_dropped_its_connections() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (dropped,) = cursor.fetchone()
    with connection.copy().cursor() as other:
        other.execute(OTHERS)
    connection.close()  # into the pool, as a request ends
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (fresh,) = cursor.fetchone()
    assert fresh != dropped
