"""What a rater gets next: an item to measure, or by lot a hidden check or one of their own again.

Plain SQL: it runs once for every answer. `raters.domain.queue` says the same conditions in Django's words to count.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from labelhub.lib import sql

from ..models import Assignment, RatingItem, RatingSet
from .locks import Seat

State = Assignment.State
NOT_TO_SHOW = [State.DONE.value, State.LEASED.value, State.FAILED.value]  # the last: taken away by the owner
NOT_UNSEEN = [*NOT_TO_SHOW, State.CANCELLED.value]  # skipped ones come last
POSITIONS = 2**31

ITEMS = "SELECT i.id, i.item_id FROM raters_ratingitem i WHERE "
GIVEN = """
  i.rating_set_id = %(rating_set)s AND i.role = %(role)s AND i.exclude_reason = '' AND i.asked_at IS NULL
  AND NOT EXISTS (SELECT FROM raters_assignment a WHERE a.rating_item_id = i.id AND a.rater_id = %(rater)s
                  AND a.occasion = %(occasion)s AND a.state = ANY(%(taken)s))
"""
BLIND = """
  AND NOT EXISTS (SELECT FROM raters_exposure e WHERE e.item_id = i.item_id AND e.user_id = %(rater)s
                  AND e.attribute_id = %(attribute)s)
"""
# `counted < overlap` follows from the second condition; said apart, it lets the queue's partial index serve, whose role
# it needs in so many words. Both are on the locked row, so that PostgreSQL checks them again after another claim: a
# count over another table would be old.
FREE = " AND i.role = 'measure' AND i.counted < i.overlap AND i.counted < i.overlap - i.claimed "
WANTED = ITEMS + GIVEN + FREE + BLIND
FROM_START = WANTED + "AND i.position >= %(start)s ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED"
BEFORE_START = WANTED + "AND i.position < %(start)s ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED"
AT_ALL = WANTED + "ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED"
AT_ALL_WAITING = WANTED + "ORDER BY i.position LIMIT 1 FOR UPDATE OF i"
IN_TURN = "ORDER BY i.position < %(start)s, i.position LIMIT 1"
CHECKS = ITEMS + GIVEN + BLIND + IN_TURN
LESSONS = ITEMS + GIVEN + IN_TURN
LONG_AGO = """
SELECT i.id, i.item_id FROM raters_rating r JOIN raters_ratingitem i ON i.id = r.rating_item_id
WHERE r.rater_id = %(rater)s AND r.occasion = 1 AND r.counted AND r.superseded_at IS NULL
  AND r.created_at < statement_timestamp() - make_interval(days => %(days)s) AND
"""
AGAIN = LONG_AGO + GIVEN + BLIND + "ORDER BY r.id LIMIT 1"
SKIPPED_EXTRAS = """
SELECT i.id, i.item_id, a.occasion FROM raters_assignment a JOIN raters_ratingitem i ON i.id = a.rating_item_id
WHERE a.rater_id = %(rater)s AND a.state = 'cancelled' AND i.rating_set_id = %(rating_set)s
  AND (i.role = 'check' OR a.occasion > 1) AND i.exclude_reason = '' AND i.asked_at IS NULL
ORDER BY a.heartbeat_at LIMIT 1
"""
REPEATED = """
SELECT count(*) FROM raters_assignment a JOIN raters_ratingitem i ON i.id = a.rating_item_id
WHERE i.rating_set_id = %(rating_set)s AND a.rater_id = %(rater)s AND a.occasion = 2
"""


class Drawn(NamedTuple):
    """An item to show. Where `has_slot`, its row is locked and an answer fills one slot of its overlap."""

    rating_item_id: int
    item_id: int
    occasion: int
    has_slot: bool


def draw(seat: Seat, *, wait: bool = False) -> Drawn | None:
    """The next item of this rater, None where nothing is left for them.

    Items that others hold locked at this moment are passed over; `wait` waits for one, which only a transaction may do
    that holds no item yet.
    """
    if seat.purpose == RatingSet.Purpose.QUALIFICATION:
        return _keyed(LESSONS, _values(seat, RatingItem.Role.TEACH, seat.attempt))
    drawn = _by_lot(seat) or _measure(seat, wait=wait)
    if drawn is None and (seat.check_rate or seat.repeat_rate):
        drawn = _repeat(seat) or _skipped_extra(seat)
    return drawn


def _by_lot(seat: Seat) -> Drawn | None:
    """A hidden check or a repeat at the set's rates, the same for the same seed and turn."""
    lot = _hash(seat, "lot") / POSITIONS
    if lot < seat.check_rate:
        return _keyed(CHECKS, _values(seat, RatingItem.Role.CHECK, 1))
    return _repeat(seat) if lot < seat.check_rate + seat.repeat_rate else None


def _measure(seat: Seat, *, wait: bool) -> Drawn | None:
    """Lock an item: the first that is free from a random place on, then from the beginning, then those skipped.

    A random start for every draw gives each rater an order of their own that an index can serve at any size.
    """
    values = _values(seat, RatingItem.Role.MEASURE, 1)
    unseen = {**values, "taken": NOT_UNSEEN}
    row = sql.row(FROM_START, unseen) or sql.row(BEFORE_START, unseen) or sql.row(AT_ALL, values)
    row = row or (sql.row(AT_ALL_WAITING, values) if wait else None)
    return Drawn(row[0], row[1], 1, True) if row else None


def _keyed(statement: str, values: dict[str, Any]) -> Drawn | None:
    """An item with an answer key: everybody may get it, so nothing is locked. Skipped ones come last."""
    row = sql.row(statement, {**values, "taken": NOT_UNSEEN}) or sql.row(statement, values)
    return Drawn(row[0], row[1], values["occasion"], False) if row else None


def _repeat(seat: Seat) -> Drawn | None:
    """The item they answered longest ago, among those that rest long enough and were not asked again yet; no more than
    the set's share of what they have answered."""
    values = _values(seat, RatingItem.Role.MEASURE, 2)
    (repeated,) = sql.one(REPEATED, values) if seat.repeat_rate else (0,)
    if repeated >= seat.repeat_rate * seat.answered:
        return None
    row = sql.row(AGAIN, {**values, "taken": NOT_UNSEEN, "days": seat.repeat_after_days})
    return Drawn(row[0], row[1], 2, False) if row else None


def _skipped_extra(seat: Seat) -> Drawn | None:
    """A skipped check or repeat comes last, as every skipped item does: what never came again would give it away."""
    row = sql.row(SKIPPED_EXTRAS, {"rater": seat.user_id, "rating_set": seat.rating_set_id})
    return Drawn(row[0], row[1], row[2], False) if row else None


def _values(seat: Seat, role: str, occasion: int) -> dict[str, Any]:
    return {
        "rating_set": seat.rating_set_id, "rater": seat.user_id, "attribute": seat.attribute_id, "role": str(role),
        "occasion": occasion, "taken": NOT_TO_SHOW, "start": _hash(seat, "start"),
    }  # fmt: skip


def _hash(seat: Seat, purpose: str) -> int:
    """A number from 0 to 2^31-1, the same for the same seed and turn."""
    text = f"{seat.order_seed}:{seat.turn}:{purpose}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest()) >> 1
