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
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Exposure, RatingItem, RatingSet, SetRater
from . import locks

LEASE = dt.timedelta(minutes=20)
State = Assignment.State


class Held(NamedTuple):
    """An assignment with everything that its changes need locked."""

    seat: SetRater
    rating_item: RatingItem
    assignment: Assignment


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
        SetRater.objects.filter(pk=seat.pk).update(undo_below=None)
        return held
    if seat.quota is not None and seat.answered >= seat.quota:
        return None
    rating_item = _draw(seat)
    if rating_item is None:
        return None
    RatingItem.objects.filter(pk=rating_item.pk).update(claimed=F("claimed") + 1)
    SetRater.objects.filter(pk=seat.pk).update(turn=F("turn") + 1, undo_below=None)
    own = Assignment.objects.filter(rating_item=rating_item, rater=rater, occasion=1)
    token = uuid.uuid4()
    if not _lease(own, token=token):
        Assignment.objects.create(rating_item=rating_item, rater=rater)
        _lease(own, token=token)
    return _shown(own).get()


def _take_seat(rater: User, rating_set: RatingSet) -> SetRater:
    """The rater's place in the set, locked; anybody may join a set that names nobody."""
    seats = SetRater.objects.select_related("rating_set__definition", "user").select_for_update(of=("self",))
    seat = seats.filter(rating_set=rating_set, user=rater).first()
    current = seat.rating_set if seat else RatingSet.objects.get(pk=rating_set.pk)
    if current.state != RatingSet.State.OPEN:
        raise Refused(f"{current.name} is {current.get_state_display().lower()}: it takes no ratings now")
    if seat is None:
        if current.is_named:
            raise Refused(f"{current.name} was given to other raters")
        SetRater.objects.bulk_create(
            [SetRater(rating_set=current, user=rater, order_seed=secrets.randbits(31))], ignore_conflicts=True
        )
        seat = seats.get(rating_set=rating_set, user=rater)
    if seat.paused_at:
        raise Refused("the owner has paused your work on this set")
    return seat


def _shown(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """With what the rating screen shows of them."""
    return assignments.select_related("rating_item__item__media")


def _renew_held(seat: SetRater) -> Assignment | None:
    """The claim the rater holds, prolonged under its old token: another tab of theirs may be showing it."""
    held = _shown(
        Assignment.objects.filter(rater=seat.user_id, rating_item__rating_set=seat.rating_set_id, state=State.LEASED)
    )
    for assignment in held:
        # Compare-and-set: the sweep may be taking it back at this moment.
        if _lease(Assignment.objects.filter(pk=assignment.pk, state=State.LEASED), token=assignment.lease_token):
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


def _draw(seat: SetRater) -> RatingItem | None:
    """Lock an item: the first that is free from a random place on, then from the beginning, then those skipped.

    A random start for every draw gives each rater an order of their own that an index can serve at any size.
    """
    available = available_to(seat.user, seat.rating_set)
    unseen = available_to(seat.user, seat.rating_set, but=(State.DONE, State.LEASED, State.CANCELLED))
    unseen = unseen.order_by("position")
    start = _start(seat)
    own_skips = Assignment.objects.filter(
        rater=seat.user_id, state=State.CANCELLED, rating_item__rating_set=seat.rating_set_id
    )
    again = available.filter(pk__in=own_skips.values("rating_item")).order_by("position")
    for rows in (unseen.filter(position__gte=start), unseen.filter(position__lt=start), again):
        drawn = rows.select_for_update(skip_locked=True, of=("self",)).first()
        if drawn:
            return drawn
    # Only what others hold locked at this moment may be left: wait for it, so that None means none.
    return available.order_by("position").select_for_update(of=("self",)).first()


def _start(seat: SetRater) -> int:
    """A place among the positions 0..2^31-1, the same for the same seed and turn."""
    place = hashlib.blake2b(f"{seat.order_seed}:{seat.turn}".encode(), digest_size=4).digest()
    return int.from_bytes(place) >> 1


def _lease(assignments: QuerySet[Assignment], *, token: uuid.UUID | None) -> int:
    return assignments.update(
        state=State.LEASED,
        lease_token=token,
        lease_until=Now() + LEASE,
        heartbeat_at=Now(),
        attempts=F("attempts") + 1,
    )


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
    _, rating_item, assignment = locked(rater, assignment_uid)
    if assignment.state != State.LEASED or assignment.lease_token != token:
        raise Refused("this item is no longer reserved for you")
    Assignment.objects.filter(pk=assignment.pk).update(
        state=State.CANCELLED, skip_reason=reason.strip()[:200], lease_token=None, lease_until=None
    )
    RatingItem.objects.filter(pk=rating_item.pk).update(claimed=F("claimed") - 1)
    assignment.refresh_from_db()
    return assignment


def locked(rater: User, assignment_uid: uuid.UUID) -> Held:
    """The rater's own assignment, locked in the order of `locks`; `BadInput` when it is not theirs."""
    own = Assignment.objects.filter(uid=assignment_uid, rater=rater)
    found = own.values_list("rating_item", "rating_item__rating_set").first()
    if found is None:
        raise BadInput("assignment: no such claim of yours")
    rating_item_id, rating_set_id = found
    locks.share_state(rating_set_id)
    seats = SetRater.objects.select_related("rating_set__definition").select_for_update(of=("self",))
    seat = seats.get(rating_set=rating_set_id, user=rater)
    rating_item = RatingItem.objects.select_related("item").select_for_update(of=("self",)).get(pk=rating_item_id)
    return Held(seat, rating_item, own.select_for_update().get())


def own_assignments(rater: User, rating_set: RatingSet) -> QuerySet[Assignment]:
    """Everything the rater was given of the set, with what the rating screen shows."""
    return _shown(Assignment.objects.filter(Q(rating_item__rating_set=rating_set), rater=rater, occasion=1))
