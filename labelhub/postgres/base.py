"""Django's PostgreSQL backend; with the embedded server, the first connection starts or joins it.

Starting it here and not in settings keeps `check`, `makemigrations`, `collectstatic` and mypy free of a server.
"""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if settings.EMBEDDED_POSTGRES is not None:
            settings.EMBEDDED_POSTGRES.attach()
        return super().get_new_connection(conn_params)
