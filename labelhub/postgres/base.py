"""Django's PostgreSQL backend; with the embedded server, the first connection starts or joins it.

Starting it here and not in settings keeps `check`, `makemigrations`, `collectstatic` and mypy free of a server.
"""

from typing import Any, Self

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg_pool import ConnectionPool


class PreparedCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Parameters go to the server beside the statement, which it plans once for each connection (the connection's
    `prepare_threshold`)."""


class RevivingConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection of the pool. Where the embedded server was killed, it is started by the first attempt to connect:
    the pool would try again and again, each time after twice as long, while every request waits."""

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        server = settings.EMBEDDED_POSTGRES
        if server is None:
            return super().connect(conninfo, **options)
        try:
            return super().connect(conninfo, **options)
        except psycopg.OperationalError:
            server.revive()  # another process may have done so meanwhile
            return super().connect(conninfo, **options)


def _answers(connection: psycopg.Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True


class DatabaseWrapper(base.DatabaseWrapper):
    @property
    def pool(self) -> Any:
        if options := self.settings_dict["OPTIONS"].get("pool"):
            options.setdefault("connection_class", RevivingConnection)
        return super().pool

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection that answers: those that died in the pool (PostgreSQL was restarted) are replaced.

        The pool's own check waits a second after the first dead one, two after the second, and so on.
        """
        if server := settings.EMBEDDED_POSTGRES:
            server.attach()
        connection = super().get_new_connection(conn_params)
        for _ in range(self.pool.max_size if self.pool else 0):
            if _answers(connection):
                break
            self.pool.putconn(connection)  # which makes a new one
            connection = super().get_new_connection(conn_params)
        return connection

    def prepared_cursor(self) -> CursorWrapper:
        """As `cursor()`, for statements that run again and again: planning them is most of what short ones cost.

        Django's own cursors bind parameters into the text, so that every execution is a new statement.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = PreparedCursor(self.connection)
        return CursorDebugWrapper(cursor, self) if self.queries_logged else CursorWrapper(cursor, self)
