"""Django's database sessions, read by one prepared statement: every request of every page reads one."""

from __future__ import annotations

import datetime as dt

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession

from labelhub.lib import sql

SESSION_SQL = """
SELECT session_key, session_data, expire_date FROM django_session
WHERE session_key = %(key)s AND expire_date > %(now)s
"""


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> AbstractBaseSession | None:
        row = sql.row(SESSION_SQL, {"key": self.session_key, "now": dt.datetime.now(dt.UTC)})
        if row is None:
            self._session_key = None
            return None
        return self.model.from_db("default", ("session_key", "session_data", "expire_date"), row)
