"""Which item a rater gets next: leased, never twice, never more than the overlap asks for.

`RatingItem.claimed` and `.counted` live on the row that is locked, so that PostgreSQL checks them again after waiting
for a concurrent claim; a count over another table would be taken from an old snapshot.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Exposure, RatingItem, RatingSet, SetRater
from . import locks
from .locks import Held, Seat

LEASE = dt.timedelta(minutes=20)
State = Assignment.State
LEASE_SQL = """
WITH item AS (UPDATE raters_ratingitem SET claimed = claimed + 1 WHERE id = %(item)s),
     seat AS (UPDATE raters_setrater SET turn = turn + 1, undo_below = NULL WHERE id = %(seat)s)
INSERT INTO raters_assignment AS held (
    rating_item_id, rater_id, occasion, uid, state, lease_token, lease_until, heartbeat_at, attempts, failure_code,
    skip_reason
) VALUES (
    %(item)s, %(rater)s, 1, %(uid)s, 'leased', %(token)s, statement_timestamp() + %(lease)s,
    statement_timestamp(), 1, '', ''
) ON CONFLICT (rating_item_id, rater_id, occasion) DO UPDATE SET
    state = 'leased', lease_token = EXCLUDED.lease_token, lease_until = EXCLUDED.lease_until,
    heartbeat_at = EXCLUDED.heartbeat_at, attempts = held.attempts + 1
RETURNING id, uid
"""


def claim_next(*, rater: User, rating_set: RatingSet) -> Assignment | None:
    """Lease the rater's next item, or renew the lease they hold; None when nothing is left for them.

    Raises `Refused` when the set is not open to this rater now.
    """
    claimed = _claim(rater, rating_set)
    if claimed is None and release_expired(rating_set):
        claimed = _claim(rater, rating_set)
    return claimed


@transaction.atomic
def _claim(rater: User, rating_set: RatingSet) -> Assignment | None:
    locks.share_state(rating_set.pk)
    seat = _take_seat(rater, rating_set)
    held = _renew_held(seat)
    if held:
        if seat.undo_below is not None:
            SetRater.objects.filter(pk=seat.id).update(undo_below=None)
        return held
    if seat.quota is not None and seat.answered >= seat.quota:
        return None
    rating_item = _draw(rater, rating_set, seat)
    return _lease(seat, rating_item) if rating_item else None


def _take_seat(rater: User, rating_set: RatingSet) -> Seat:
    """The rater's place in the set, locked; anybody may join a set that names nobody."""
    seat = locks.seat(rating_set.pk, rater.pk) or _join(rater, rating_set)
    if seat.set_state != RatingSet.State.OPEN:
        state = RatingSet.State(seat.set_state).label.lower()
        raise Refused(f"{seat.set_name} is {state}: it takes no ratings now")
    if seat.paused_at:
        raise Refused("the owner has paused your work on this set")
    return seat


def _join(rater: User, rating_set: RatingSet) -> Seat:
    current = RatingSet.objects.get(pk=rating_set.pk)
    if current.state != RatingSet.State.OPEN:
        raise Refused(f"{current.name} is {current.get_state_display().lower()}: it takes no ratings now")
    if current.is_named:
        raise Refused(f"{current.name} was given to other raters")
    new = SetRater(rating_set=current, user=rater, order_seed=secrets.randbits(31))
    SetRater.objects.bulk_create([new], ignore_conflicts=True)  # another tab may be joining
    seat = locks.seat(rating_set.pk, rater.pk)
    if seat is None:
        raise Refused(f"{current.name} was closed to you at this moment")
    return seat


def _shown(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """With what the rating screen shows of them."""
    return assignments.select_related("rating_item__item__media")


def _renew_held(seat: Seat) -> Assignment | None:
    """The claim the rater holds, prolonged under its old token: another tab of theirs may be showing it."""
    held = Assignment.objects.filter(rater=seat.user_id, rating_item__rating_set=seat.rating_set_id, state=State.LEASED)
    for assignment in _shown(held):
        # Compare-and-set: the sweep may be taking it back at this moment.
        mine = Assignment.objects.filter(pk=assignment.pk, state=State.LEASED, lease_token=assignment.lease_token)
        if mine.update(lease_until=Now() + LEASE, heartbeat_at=Now()):
            return assignment
    return None


def available_to(
    rater: User, rating_set: RatingSet, *, but: Sequence[str] = (State.DONE, State.LEASED)
) -> QuerySet[RatingItem]:
    """Items that still want a rating and that this person may rate: not answered by them, no label of it seen."""
    taken = Assignment.objects.filter(rating_item=OuterRef("pk"), rater=rater, state__in=but, occasion=1)
    exposed = Exposure.objects.filter(item=OuterRef("item"), user=rater, attribute=rating_set.definition.attribute_id)
    # `counted < overlap` follows from the second condition; said apart, it lets the queue's partial index serve.
    wanted = RatingItem.objects.filter(rating_set=rating_set, exclude_reason="", counted__lt=F("overlap"))
    return wanted.filter(~Exists(taken), ~Exists(exposed), counted__lt=F("overlap") - F("claimed"))


def _draw(rater: User, rating_set: RatingSet, seat: Seat) -> RatingItem | None:
    """Lock an item: the first that is free from a random place on, then from the beginning, then those skipped.

    A random start for every draw gives each rater an order of their own that an index can serve at any size.
    """
    unseen = _in_order(available_to(rater, rating_set, but=(State.DONE, State.LEASED, State.CANCELLED)))
    start = _start(seat)
    for rows in (unseen.filter(position__gte=start), unseen.filter(position__lt=start)):
        drawn = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if drawn:
            return drawn
    skipped = Assignment.objects.filter(rater=rater, state=State.CANCELLED, rating_item__rating_set=seat.rating_set_id)
    available = _in_order(available_to(rater, rating_set))
    again = available.filter(pk__in=skipped.values("rating_item"))
    # Only what others hold locked at this moment may be left: wait for it, so that None means none.
    return (
        again.select_for_update(skip_locked=True, of=("self",)).first()
        or available.select_for_update(of=("self",)).first()
    )


def _in_order(items: QuerySet[RatingItem]) -> QuerySet[RatingItem]:
    return items.select_related("item__media").order_by("position")


def _start(seat: Seat) -> int:
    """A place among the positions 0..2^31-1, the same for the same seed and turn."""
    place = hashlib.blake2b(f"{seat.order_seed}:{seat.turn}".encode(), digest_size=4).digest()
    return int.from_bytes(place) >> 1


def _lease(seat: Seat, rating_item: RatingItem) -> Assignment:
    """Give the locked item to the rater, in one statement: a rater waits for every round trip."""
    assignment = Assignment(
        rating_item=rating_item, rater_id=seat.user_id, state=State.LEASED, lease_token=uuid.uuid4()
    )
    values: dict[str, Any] = {
        "seat": seat.id, "item": rating_item.pk, "rater": seat.user_id, "uid": assignment.uid,
        "token": assignment.lease_token, "lease": LEASE,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(LEASE_SQL, values)
        assignment.pk, assignment.uid = cursor.fetchone()
    return assignment


@transaction.atomic
def release_expired(rating_set: RatingSet | None = None) -> int:
    """Give back the items whose raters went silent, so that others may have them; returns how many.

    Of all open sets, or of the one given.
    """
    expired = Assignment.objects.filter(state=State.LEASED, lease_until__lt=Now())
    expired = expired.filter(rating_item__rating_set__state=RatingSet.State.OPEN)
    if rating_set is not None:
        expired = expired.filter(rating_item__rating_set=rating_set)
    return _release(expired)


def release_all(rating_set: RatingSet) -> int:
    """Take every claim back: rating closes. The set's state must be owned."""
    return _release(Assignment.objects.filter(rating_item__rating_set=rating_set, state=State.LEASED))


def _release(leased: QuerySet[Assignment]) -> int:
    waiting = RatingItem.objects.filter(pk__in=leased.values("rating_item")).order_by("pk")
    released = 0
    # Items locked by an answer on its way are passed over: that answer ends the claim.
    for item in waiting.select_for_update(skip_locked=True):
        given_back = leased.filter(rating_item=item).update(state=State.QUEUED, lease_token=None, lease_until=None)
        RatingItem.objects.filter(pk=item.pk).update(claimed=F("claimed") - given_back)
        released += given_back
    return released


@transaction.atomic
def skip(*, rater: User, assignment_uid: uuid.UUID, token: uuid.UUID, reason: str) -> Assignment:
    """Return an item unrated, with a reason: it goes to the end of the rater's own list."""
    if not reason.strip():
        raise BadInput("reason: say why you skip it")
    held = locked(rater, assignment_uid)
    if held.claim.state != State.LEASED or held.claim.lease_token != token:
        raise Refused("this item is no longer reserved for you")
    RatingItem.objects.filter(pk=held.item.id).update(claimed=F("claimed") - 1)
    skipped = Assignment.objects.filter(pk=held.claim.id)
    skipped.update(
        state=State.CANCELLED, skip_reason=reason.strip()[:200], lease_token=None, lease_until=None, heartbeat_at=Now()
    )  # the heartbeat keeps the moment, so that undo knows what came last
    return skipped.get()


def locked(rater: User, assignment_uid: uuid.UUID) -> Held:
    """The rater's own assignment, with everything that its changes need locked; `BadInput` when it is not theirs."""
    held = locks.hold(assignment_uid, rater.pk)
    if held is None:
        raise BadInput("assignment: no such claim of yours")
    return held


def own_assignments(rater: User, rating_set: RatingSet) -> QuerySet[Assignment]:
    """Everything the rater was given of the set, with what the rating screen shows."""
    return _shown(Assignment.objects.filter(Q(rating_item__rating_set=rating_set), rater=rater, occasion=1))
