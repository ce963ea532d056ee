"""The embedded database's tables, brought up to date before they are used."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

LOCK = 7_316_002  # any number of our own: commands that start at once migrate in turn


def bring_up_to_date() -> bool:
    """Migrate the embedded database where it lags behind the code; True when it did.

    A production database is migrated by whoever deploys, at a time of their choosing: there nothing happens.
    """
    if settings.PRODUCTION or not _pending():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            if _pending():
                call_command("migrate", verbosity=0)
                call_command("createcachetable", verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
    return True


def _pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
