"""The one order in which a rater's work locks rows: the set's state, the seat, the item. No deadlock.

Every answer of every rater passes here, so these few reads are plain SQL: a third of the time of the same through the
ORM. The state is held by an advisory lock and not on the set's row, where thousands of shared row locks would each be
written to disk.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connection

SPACE = 0x52415445  # "RATE": our half of PostgreSQL's two-part advisory keys
SEAT_SQL = """
SELECT seat.id, seat.user_id, seat.quota, seat.answered, seat.order_seed, seat.turn, seat.undo_below, seat.paused_at,
       s.id, s.name, s.state, s.rationale_mode, s.confidence_mode, d.attribute_id, d.hash
FROM raters_setrater seat
JOIN raters_ratingset s ON s.id = seat.rating_set_id
JOIN attributes_definition d ON d.id = s.definition_id
WHERE seat.rating_set_id = %(rating_set)s AND seat.user_id = %(user)s
FOR UPDATE OF seat
"""
CLAIM_SQL = """
SELECT i.id, i.rating_set_id, pg_advisory_xact_lock_shared(%(space)s, (i.rating_set_id %% 2147483648)::integer)
FROM raters_assignment a JOIN raters_ratingitem i ON i.id = a.rating_item_id
WHERE a.uid = %(uid)s AND a.rater_id = %(user)s
"""
ITEM_SQL = """
SELECT i.id, i.counted, i.claimed, i.overlap, shown.content_hash
FROM raters_ratingitem i JOIN attributes_item shown ON shown.id = i.item_id
WHERE i.id = %(item)s
FOR UPDATE OF i
"""
ASSIGNMENT_SQL = "SELECT id, state, lease_token FROM raters_assignment WHERE uid = %(uid)s"


class Seat(NamedTuple):
    """A rater's place in a set, locked, and the set as it stands."""

    id: int
    user_id: int
    quota: int | None
    answered: int
    order_seed: int
    turn: int
    undo_below: int | None
    paused_at: dt.datetime | None
    rating_set_id: int
    set_name: str
    set_state: str
    rationale_mode: str
    confidence_mode: str
    attribute_id: int
    definition_hash: str


class LockedItem(NamedTuple):
    id: int
    counted: int
    claimed: int
    overlap: int
    content_hash: str


class Claim(NamedTuple):
    """An assignment. Whoever changes one holds its item or its rater's seat; who reads it here holds both."""

    id: int
    state: str
    lease_token: uuid.UUID | None


class Held(NamedTuple):
    seat: Seat
    item: LockedItem
    claim: Claim


def share_state(rating_set_id: int) -> None:
    """Keep the set in its state until this transaction ends; many answers may hold it at once."""
    _row("SELECT pg_advisory_xact_lock_shared(%(space)s, %(set)s)", {"space": SPACE, "set": rating_set_id % 2**31})


def own_state(rating_set_id: int) -> None:
    """Wait for the answers under way, and keep new ones out until this transaction ends."""
    _row("SELECT pg_advisory_xact_lock(%(space)s, %(set)s)", {"space": SPACE, "set": rating_set_id % 2**31})


def seat(rating_set_id: int, user_id: int) -> Seat | None:
    """Lock the rater's seat, the state being shared; None where they have none."""
    row = _row(SEAT_SQL, {"rating_set": rating_set_id, "user": user_id})
    return Seat(*row) if row else None


def hold(assignment_uid: uuid.UUID, user_id: int) -> Held | None:
    """Share the state, lock seat and item of the rater's own assignment; None where it is not theirs."""
    found = _row(CLAIM_SQL, {"space": SPACE, "uid": assignment_uid, "user": user_id})
    own_seat = seat(found[1], user_id) if found else None
    if found is None or own_seat is None:
        return None
    item = _row(ITEM_SQL, {"item": found[0]})
    claim = _row(ASSIGNMENT_SQL, {"uid": assignment_uid})
    return Held(own_seat, LockedItem(*item), Claim(*claim)) if item and claim else None


def _row(sql: str, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
