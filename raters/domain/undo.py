"""Going back: to the rater's last answer, or to the item they skipped last, whichever came later."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.errors import Refused

from ..models import Assignment, Rating, RatingItem, RatingSet, SetRater
from . import locks
from .assignments import LEASE, available_to, own_assignments
from .locks import Seat

State = Assignment.State


@dataclass(frozen=True)
class Step:
    """The item to look at again; `rating` is the answer in force, None where the item had been skipped."""

    assignment: Assignment
    rating: Rating | None


@transaction.atomic
def step_back(*, rater: User, rating_set: RatingSet) -> Step:
    """One step back from where the rater stands; another goes one further.

    An answer stays in force until a new one supersedes it. A skipped item is leased anew, and the one held instead is
    given back; one that others have filled in the meantime is passed over. Raises `Refused` where nothing lies behind,
    or rating is closed.
    """
    locks.share_state(rating_set.pk)
    seat = locks.seat(rating_set.pk, rater.pk)
    if seat is None:
        raise Refused("you have not answered anything in this set yet")
    if seat.set_state != RatingSet.State.OPEN:
        raise Refused(f"{seat.set_name} is closed: its answers stay as they are")
    mine = Rating.objects.filter(rater=rater, rating_item__rating_set=rating_set, superseded_at=None)
    if seat.undo_below is not None:
        mine = mine.filter(pk__lt=seat.undo_below)
    last = mine.select_related("level").order_by("-pk").first()
    unskipped = _take_again(rater, rating_set, seat, last)
    if unskipped:
        return Step(unskipped, None)
    if last is None:
        raise Refused("there is no earlier answer of yours in this set")
    SetRater.objects.filter(pk=seat.id).update(undo_below=last.pk)
    return Step(own_assignments(rater, rating_set).get(rating_item=last.rating_item_id), last)


def _take_again(rater: User, rating_set: RatingSet, seat: Seat, last: Rating | None) -> Assignment | None:
    """The item skipped after answer `last`, leased again; None where there is none that may still be rated.

    `heartbeat_at` of a skipped assignment is the moment of the skip.
    """
    if seat.paused_at or (seat.quota is not None and seat.answered >= seat.quota):
        return None
    own = own_assignments(rater, rating_set)
    skipped = own.filter(state=State.CANCELLED, rating_item__in=available_to(rater, rating_set))
    if last is not None:
        skipped = skipped.filter(heartbeat_at__gt=last.created_at)
    found = skipped.order_by("-heartbeat_at").first()
    if found is None:
        return None
    held = Assignment.objects.filter(rater=rater, rating_item__rating_set=rating_set, state=State.LEASED)
    items = {*held.values_list("rating_item", flat=True), found.rating_item_id}
    rows = RatingItem.objects.filter(pk__in=items).order_by("pk").select_for_update()  # in one order: no deadlock
    wanted = {row.pk: row.counted + row.claimed < row.overlap for row in rows}
    if not wanted[found.rating_item_id]:  # somebody took the last slot at this moment
        return None
    for rating_item in held.values_list("rating_item", flat=True):
        RatingItem.objects.filter(pk=rating_item).update(claimed=F("claimed") - 1)
    held.update(state=State.QUEUED, lease_token=None, lease_until=None)
    RatingItem.objects.filter(pk=found.rating_item_id).update(claimed=F("claimed") + 1)
    again = own.filter(pk=found.pk)
    again.update(
        state=State.LEASED, skip_reason="", lease_token=uuid.uuid4(), lease_until=Now() + LEASE, heartbeat_at=Now()
    )
    return again.get()
