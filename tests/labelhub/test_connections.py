"""Connections of the pool: those that died are replaced before anybody gets one."""

from __future__ import annotations

import time

import pytest
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

IN_THE_POOL = 4
AT_ONCE_S = 3  # the pool's own check would wait 1 s, 2 s and 4 s on the way through four dead ones


def process(asked: BaseDatabaseWrapper) -> int:
    """The server's process behind a connection."""
    with asked.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


@pytest.mark.django_db(transaction=True)
def test_the_next_request_works_at_once_after_the_server_has_dropped_all_connections() -> None:
    requests = [connection.copy(alias="pooled") for _ in range(IN_THE_POOL)]  # with a pool of their own
    connections["pooled"] = requests[0]
    try:
        dropped = {process(request) for request in requests}
        assert len(dropped) == IN_THE_POOL
        for request in requests:
            request.close()  # into the pool, as a request ends
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s) pid", [list(dropped)])
        began = time.monotonic()
        assert process(requests[0]) not in dropped
        assert time.monotonic() - began < AT_ONCE_S
    finally:
        requests[0].close()
        requests[0].close_pool()
        del connections["pooled"]
