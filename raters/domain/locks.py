"""The one order in which rows are locked: the set's state, the rater's seat, the item, the assignment. No deadlock.

The state is held by an advisory lock and not on the set's row: every answer needs it, and thousands of shared row locks
on one row would each be written to disk.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import QuerySet

from ..models import SetRater

SPACE = 0x52415445  # "RATE": our half of PostgreSQL's two-part advisory keys


def share_state(rating_set_id: int) -> None:
    """Keep the set in its state until this transaction ends; many answers may hold it at once."""
    _lock("pg_advisory_xact_lock_shared", rating_set_id)


def own_state(rating_set_id: int) -> None:
    """Wait for the answers under way, and keep new ones out until this transaction ends."""
    _lock("pg_advisory_xact_lock", rating_set_id)


def _lock(function: str, rating_set_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [SPACE, rating_set_id % 2**31])


def seats() -> QuerySet[SetRater]:
    """Seats, locked when read, with the state of their set as it stands now: read after `share_state`."""
    rows = SetRater.objects.select_related("rating_set__definition").select_for_update(of=("self",))
    return rows.defer("rating_set__definition__spec", "rating_set__definition__note")
