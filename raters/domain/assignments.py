"""Which item a rater gets next: leased, never twice, never more than the overlap asks for.

`RatingItem.claimed` and `.counted` live on the row that is locked, so that PostgreSQL checks them again after waiting
for a concurrent claim; a count over another table would be taken from an old snapshot.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Exposure, RatingItem, RatingSet, SetRater

LEASE = dt.timedelta(minutes=20)


@transaction.atomic
def claim_next(*, rater: User, rating_set: RatingSet) -> Assignment | None:
    """Lease the rater's next item, or renew the lease they hold; None when nothing is left for them.

    Raises `Refused` when the set is not open or the rater is paused in it.
    """
    seat = _seat(rater, rating_set)
    release_expired(rating_set)
    held = _renew_held(rater, rating_set)
    if held:
        return held
    rating_item = _next_item(rater, rating_set, seat)
    if rating_item is None:
        return None
    RatingItem.objects.filter(pk=rating_item.pk).update(claimed=F("claimed") + 1)
    assignment, _ = Assignment.objects.get_or_create(rating_item=rating_item, rater=rater, occasion=1)
    _lease(Assignment.objects.filter(pk=assignment.pk))
    assignment.refresh_from_db()
    return assignment


def _seat(rater: User, rating_set: RatingSet) -> SetRater:
    """The rater's place in the set; anybody may join a set that names nobody."""
    if rating_set.state != RatingSet.State.OPEN:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: it takes no ratings now")
    seat = SetRater.objects.filter(rating_set=rating_set, user=rater).first()
    if seat is None:
        if SetRater.objects.filter(rating_set=rating_set).exists() and rating_set.design.get("named_raters"):
            raise Refused(f"{rating_set.name} was given to other raters")
        seat, _ = SetRater.objects.get_or_create(
            rating_set=rating_set, user=rater, defaults={"order_seed": secrets.randbits(31)}
        )
    if seat.paused_at:
        raise Refused("the owner has paused your work on this set")
    return seat


def _renew_held(rater: User, rating_set: RatingSet) -> Assignment | None:
    held = Assignment.objects.filter(rater=rater, rating_item__rating_set=rating_set, state=Assignment.State.LEASED)
    for assignment in held:
        # Compare-and-set: another tab may be submitting this very item.
        if _lease(Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.LEASED)):
            assignment.refresh_from_db()
            return assignment
    return None


def available_to(rater: User, rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Items that still want a rating and that this person may rate: not answered by them, no label of it seen."""
    attribute = rating_set.definition.attribute_id
    answered = Assignment.objects.filter(
        rating_item=OuterRef("pk"), rater=rater, state__in=[Assignment.State.DONE, Assignment.State.LEASED]
    )
    exposed = Exposure.objects.filter(item=OuterRef("item"), user=rater, attribute=attribute)
    wanted = RatingItem.objects.filter(
        rating_set=rating_set, exclude_reason="", counted__lt=F("overlap") - F("claimed")
    )
    return wanted.filter(~Exists(answered), ~Exists(exposed))


def _next_item(rater: User, rating_set: RatingSet, seat: SetRater) -> RatingItem | None:
    skipped = Assignment.objects.filter(rating_item=OuterRef("pk"), rater=rater, state=Assignment.State.CANCELLED)
    return (
        available_to(rater, rating_set)
        .alias(was_skipped=Exists(skipped), turn=F("position").bitxor(seat.order_seed))
        .order_by("was_skipped", "turn")
        .select_for_update(skip_locked=True, of=("self",))
        .first()
    )


def _lease(assignments: QuerySet[Assignment]) -> int:
    return assignments.update(
        state=Assignment.State.LEASED,
        lease_token=uuid.uuid4(),
        lease_until=Now() + LEASE,
        heartbeat_at=Now(),
        attempts=F("attempts") + 1,
    )


@transaction.atomic
def release_expired(rating_set: RatingSet) -> int:
    """Give back the items whose raters went silent, so that others may have them; returns how many."""
    expired = Assignment.objects.filter(
        rating_item__rating_set=rating_set, state=Assignment.State.LEASED, lease_until__lt=Now()
    )
    waiting = RatingItem.objects.filter(pk__in=expired.values("rating_item")).order_by("pk")
    released = 0
    for item in waiting.select_for_update(skip_locked=True):
        given_back = expired.filter(rating_item=item).update(
            state=Assignment.State.QUEUED, lease_token=None, lease_until=None
        )
        RatingItem.objects.filter(pk=item.pk).update(claimed=F("claimed") - given_back)
        released += given_back
    return released


@transaction.atomic
def skip(*, rater: User, assignment_uid: uuid.UUID, token: uuid.UUID, reason: str) -> Assignment:
    """Return an item unrated, with a reason: it goes to the end of the rater's own list."""
    if not reason.strip():
        raise BadInput("reason: say why you skip it")
    assignment = locked(rater, assignment_uid)
    if assignment.state != Assignment.State.LEASED or assignment.lease_token != token:
        raise Refused("this item is no longer reserved for you")
    Assignment.objects.filter(pk=assignment.pk).update(
        state=Assignment.State.CANCELLED, skip_reason=reason.strip()[:200], lease_token=None, lease_until=None
    )
    RatingItem.objects.filter(pk=assignment.rating_item_id).update(claimed=F("claimed") - 1)
    assignment.refresh_from_db()
    return assignment


def locked(rater: User, assignment_uid: uuid.UUID) -> Assignment:
    """The rater's own assignment with its rating item locked; `BadInput` when it is not theirs."""
    own = Assignment.objects.filter(uid=assignment_uid, rater=rater)
    found = own.values_list("rating_item", flat=True).first()
    if found is None:
        raise BadInput("no such assignment")
    # The item first, everywhere: one order of locks, no deadlock.
    RatingItem.objects.select_for_update().get(pk=found)
    return own.select_related("rating_item__rating_set__definition").select_for_update(of=("self",)).get()
