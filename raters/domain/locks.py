"""The one order in which a rater's work locks rows: the set's state, the seat, the item. No deadlock.

An item is waited for only by who holds no other; whoever holds one passes over those that are locked.

Every answer of every rater passes here, so these few reads are plain SQL: a third of the time of the same through the
ORM. The state is held by an advisory lock and not on the set's row, where thousands of shared row locks would each be
written to disk.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from labelhub.lib import sql

SPACE = 0x52415445  # "RATE": our half of PostgreSQL's two-part advisory keys
SEAT_SQL = """
SELECT seat.id, seat.user_id, seat.quota, seat.answered, seat.extra, seat.order_seed, seat.turn, seat.attempt,
       seat.paused_at, s.id, s.name, s.state, s.purpose, s.rationale_mode, s.confidence_mode, s.check_rate,
       s.repeat_rate, s.repeat_after_days,
       s.qualification_id IS NULL OR EXISTS (
           SELECT FROM raters_setrater passed WHERE passed.rating_set_id = s.qualification_id
           AND passed.user_id = seat.user_id AND passed.qualified_at IS NOT NULL
       ),
       d.attribute_id, d.hash
FROM raters_setrater seat
JOIN raters_ratingset s ON s.id = seat.rating_set_id
JOIN attributes_definition d ON d.id = s.definition_id
WHERE seat.rating_set_id = %(rating_set)s AND seat.user_id = %(user)s
FOR UPDATE OF seat
"""
SHARE_SQL = """
SELECT i.rating_set_id, pg_advisory_xact_lock_shared(%(space)s, (i.rating_set_id %% 2147483648)::integer)
FROM raters_assignment a JOIN raters_ratingitem i ON i.id = a.rating_item_id
WHERE a.uid = %(uid)s AND a.rater_id = %(user)s
"""
# Whoever changes a claim holds its item or its rater's seat. It is locked too, after its item: a row that is not is
# read as it was before the wait, and a claim given back in the meantime would free its slot twice.
HELD_SQL = """
SELECT i.id, i.item_id, i.role, i.counted, i.claimed, i.overlap, i.skips, shown.content_hash,
       a.id, a.occasion, a.state, a.lease_token
FROM raters_assignment a
JOIN raters_ratingitem i ON i.id = a.rating_item_id
JOIN attributes_item shown ON shown.id = i.item_id
WHERE a.uid = %(uid)s
FOR UPDATE OF i, a
"""


class Seat(NamedTuple):
    """A rater's place in a set, locked, and the set as it stands."""

    id: int
    user_id: int
    quota: int | None
    answered: int
    extra: int
    order_seed: int
    turn: int
    attempt: int
    paused_at: dt.datetime | None
    rating_set_id: int
    set_name: str
    set_state: str
    purpose: str
    rationale_mode: str
    confidence_mode: str
    check_rate: float
    repeat_rate: float
    repeat_after_days: int
    is_admitted: bool
    attribute_id: int
    definition_hash: str


class LockedItem(NamedTuple):
    id: int
    item_id: int
    role: str
    counted: int
    claimed: int
    overlap: int
    skips: int
    content_hash: str


class Claim(NamedTuple):
    id: int
    occasion: int
    state: str
    lease_token: uuid.UUID | None


class Held(NamedTuple):
    seat: Seat
    item: LockedItem
    claim: Claim

    @property
    def has_slot(self) -> bool:
        """Whether an answer fills one of the slots of the overlap: the first occasion of an item that is measured."""
        return self.item.role == "measure" and self.claim.occasion == 1


def share_state(rating_set_id: int) -> None:
    """Keep the set in its state until this transaction ends; many answers may hold it at once."""
    sql.row("SELECT pg_advisory_xact_lock_shared(%(space)s, %(set)s)", {"space": SPACE, "set": rating_set_id % 2**31})


def own_state(rating_set_id: int) -> None:
    """Wait for the answers under way, and keep new ones out until this transaction ends."""
    sql.row("SELECT pg_advisory_xact_lock(%(space)s, %(set)s)", {"space": SPACE, "set": rating_set_id % 2**31})


def seat(rating_set_id: int, user_id: int) -> Seat | None:
    """Lock the rater's seat, the state being shared; None where they have none."""
    row = sql.row(SEAT_SQL, {"rating_set": rating_set_id, "user": user_id})
    return Seat(*row) if row else None


def hold(assignment_uid: uuid.UUID, user_id: int) -> Held | None:
    """Share the state, lock seat and item of the rater's own assignment; None where it is not theirs."""
    found = sql.row(SHARE_SQL, {"space": SPACE, "uid": assignment_uid, "user": user_id})
    own_seat = seat(found[0], user_id) if found else None
    row = sql.row(HELD_SQL, {"uid": assignment_uid}) if own_seat else None
    if own_seat is None or row is None:
        return None
    return Held(own_seat, LockedItem(*row[:8]), Claim(*row[8:]))
