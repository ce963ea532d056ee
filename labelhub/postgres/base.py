"""Django's PostgreSQL backend; with the embedded server, the first connection starts or joins it.

Starting it here and not in settings keeps `check`, `makemigrations`, `collectstatic` and mypy free of a server.
"""

from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper


class PreparedCursor(psycopg.Cursor[tuple[Any, ...]]):
    """Parameters go to the server beside the statement, which it plans once for each connection (the connection's
    `prepare_threshold`)."""


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        server = settings.EMBEDDED_POSTGRES
        if server is None:
            return super().get_new_connection(conn_params)
        server.attach()
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            if not server.revive():  # it was there: the reason is another one
                raise
            return super().get_new_connection(conn_params)

    def prepared_cursor(self) -> CursorWrapper:
        """As `cursor()`, for statements that run again and again: planning them is most of what short ones cost.

        Django's own cursors bind parameters into the text, so that every execution is a new statement.
        """
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            cursor = PreparedCursor(self.connection)
        return CursorDebugWrapper(cursor, self) if self.queries_logged else CursorWrapper(cursor, self)
