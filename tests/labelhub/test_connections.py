"""Connections of the pool: one that died is replaced before anybody gets it."""

from __future__ import annotations

import pytest
from django.db import connection, connections


@pytest.mark.django_db(transaction=True)
def test_the_next_request_works_after_the_server_has_dropped_its_connections() -> None:
    pooled = connections["pooled"] = connection.copy(alias="pooled")  # with a pool of its own
    try:
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (dropped,) = cursor.fetchone()
        pooled.close()  # into the pool, as a request ends
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [dropped])
        with pooled.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (fresh,) = cursor.fetchone()
        assert fresh != dropped
    finally:
        pooled.close()
        pooled.close_pool()
        del connections["pooled"]
