"""The owner's hand on who rates a set: seats, quotas, cohorts, pauses, and claims that go to somebody else.

Locks are taken in the order of `raters.domain.locks`: the set's state, seats by key, items by key.
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from attributes.domain import audit
from attributes.models import Corpus, Membership, Role
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Exposure, Rating, RatingItem, RatingSet, SetRater
from . import assignments, locks

LEASE = dt.timedelta(hours=24)  # of what the owner gives to somebody: they may be asleep
REASSIGNED = "reassigned"
State = Assignment.State


@dataclass(frozen=True)
class Reassigned:
    """How many claims went over, and how many stayed with the giver, by reason."""

    moved: int
    answered: int = 0
    exposed: int = 0
    over_quota: int = 0

    @property
    def kept(self) -> int:
        return self.answered + self.exposed + self.over_quota


def candidates(rating_set: RatingSet) -> QuerySet[User]:
    """People with the rater role who have no seat in the set yet, by name."""
    corpus = rating_set.definition.attribute.corpus_id
    holders = Membership.objects.filter(corpus=corpus, role=Role.RATER, disabled_at=None).values("user")
    seated = rating_set.set_raters.values("user")
    people = User.objects.filter(pk__in=holders, is_active=True).exclude(pk__in=seated)
    return people.order_by("display_name", "pk")


@transaction.atomic
def add(
    *, rating_set: RatingSet, rater: User, quota: int | None = None, cohort: str = "", actor: User | None
) -> SetRater:
    """Ask a person to rate the set. They need the rater role, and get an order of the items of their own."""
    _lock_state(rating_set)
    _check_quota(quota)
    if not candidates(rating_set).filter(pk=rater.pk).exists():
        raise Refused(f"{rater.name} rates this set already, or has no rater role in the corpus")
    seat = SetRater.objects.create(
        rating_set=rating_set, user=rater, quota=quota, cohort=cohort.strip()[:60], order_seed=secrets.randbits(31)
    )
    _record(seat, "rater_added", actor, quota=quota, cohort=seat.cohort)
    return seat


@transaction.atomic
def change(*, seat: SetRater, quota: int | None, cohort: str, actor: User | None) -> SetRater:
    """Set how many answers are wanted of a rater (None = no limit), and the group their agreement is told apart by."""
    _lock_state(seat.rating_set)
    _check_quota(quota)
    locked = _lock(seat)[seat.pk]
    locked.quota, locked.cohort = quota, cohort.strip()[:60]
    locked.save(update_fields=["quota", "cohort"])
    _record(locked, "rater_changed", actor, quota=quota, cohort=locked.cohort)
    return locked


@transaction.atomic
def remove(*, seat: SetRater, actor: User | None) -> None:
    """Take a person off the list again who was never given an item; others are paused, for their answers stay."""
    _lock_state(seat.rating_set)
    locked = _lock(seat)[seat.pk]
    if Assignment.objects.filter(rater=locked.user, rating_item__rating_set=locked.rating_set).exists():
        raise Refused(f"{locked.user.name} has begun: pause them instead, their answers stay")
    _record(locked, "rater_removed", actor)
    locked.delete()


@transaction.atomic
def pause(*, seat: SetRater, actor: User | None) -> SetRater:
    """Give a rater no more items of the set; what they hold they may still answer."""
    return _pause(seat, actor, "rater_paused", paused=True)


@transaction.atomic
def resume(*, seat: SetRater, actor: User | None) -> SetRater:
    return _pause(seat, actor, "rater_resumed", paused=False)


def _pause(seat: SetRater, actor: User | None, verb: str, *, paused: bool) -> SetRater:
    _lock_state(seat.rating_set)
    locked = _lock(seat)[seat.pk]
    if (locked.paused_at is not None) == paused:
        return locked
    SetRater.objects.filter(pk=locked.pk).update(paused_at=Now() if paused else None)
    locked.refresh_from_db(fields=["paused_at"])
    _record(locked, verb, actor)
    return locked


@transaction.atomic
def release(*, seat: SetRater, actor: User | None) -> int:
    """Give back what a rater holds, so that others may have it at once; returns how many items."""
    _lock_state(seat.rating_set)
    locked = _lock(seat)[seat.pk]
    claims = _claims(locked)
    _lock_items(claims)
    n = assignments.give_back(claims)
    _record(locked, "leases_released", actor, n=n)
    return n


@transaction.atomic
def reassign(*, seat: SetRater, to: SetRater, actor: User | None) -> Reassigned:
    """Take the items a rater holds, unanswered, away for good, and give them to another for a day.

    An item stays where the other has answered it, has seen a label of it, or would have more than their quota. Raises
    `Refused` where the other is paused or has not qualified, or the set takes no ratings.
    """
    if seat.pk == to.pk or seat.rating_set_id != to.rating_set_id:
        raise BadInput("to: another rater of the same set")
    rating_set = _lock_state(seat.rating_set)
    if rating_set.state != RatingSet.State.OPEN:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: nobody holds items of it")
    rows = _lock(seat, to)
    giver, taker = rows[seat.pk], rows[to.pk]
    _check_taker(rating_set, taker)
    mine = _claims(giver).filter(occasion=1, rating_item__role=RatingItem.Role.MEASURE)
    _lock_items(mine)
    claims = list(mine.select_related("rating_item").order_by("turn", "pk"))  # as they stand under the locks
    result, moved = _sort_out(claims, taker)
    Assignment.objects.filter(pk__in=[claim.pk for claim in moved]).update(
        state=State.FAILED, failure_code=REASSIGNED, lease_token=None, lease_until=None, heartbeat_at=Now()
    )
    _hand_over(moved, taker)
    _record(giver, "items_reassigned", actor, to=taker.user.name, n=result.moved, kept=result.kept)
    return result


def _check_taker(rating_set: RatingSet, taker: SetRater) -> None:
    if taker.paused_at:
        raise Refused(f"{taker.user.name} is paused")
    passed = SetRater.objects.filter(user=taker.user, qualified_at__isnull=False)
    if rating_set.qualification_id and not passed.filter(rating_set=rating_set.qualification_id).exists():
        raise Refused(f"{taker.user.name} has not passed the qualification of this set")


def _sort_out(claims: Sequence[Assignment], taker: SetRater) -> tuple[Reassigned, list[Assignment]]:
    """Which claims may go over, and how many may not and why."""
    items = [claim.rating_item_id for claim in claims]
    answers = Rating.objects.filter(rater=taker.user, rating_item__in=items)
    taken = Assignment.objects.filter(rater=taker.user, rating_item__in=items, state__in=(State.DONE, State.LEASED))
    answered = {*answers.values_list("rating_item", flat=True), *taken.values_list("rating_item", flat=True)}
    seen = Exposure.objects.filter(
        user=taker.user,
        attribute=taker.rating_set.definition.attribute_id,
        item__in=[claim.rating_item.item_id for claim in claims],
    )
    exposed = set(seen.values_list("item", flat=True))
    free = [c for c in claims if c.rating_item_id not in answered and c.rating_item.item_id not in exposed]
    room = len(free) if taker.quota is None else max(taker.quota - taker.answered - _claims(taker).count(), 0)
    result = Reassigned(
        moved=len(free[:room]),
        answered=sum(claim.rating_item_id in answered for claim in claims),
        exposed=sum(c.rating_item_id not in answered and c.rating_item.item_id in exposed for c in claims),
        over_quota=len(free[room:]),
    )
    return result, free[:room]


def _hand_over(claims: Sequence[Assignment], taker: SetRater) -> None:
    """Lease the items to the taker; `claimed` stays as it is, one claim went and one came."""
    rows = [
        Assignment(
            rating_item_id=claim.rating_item_id,
            rater_id=taker.user_id,
            turn=taker.turn + place,
            state=State.LEASED,
            lease_token=uuid.uuid4(),
            lease_until=Now() + LEASE,
            heartbeat_at=Now(),
            attempts=1,
        )
        for place, claim in enumerate(claims)
    ]
    Assignment.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["rating_item", "rater", "occasion"],
        update_fields=["state", "turn", "lease_token", "lease_until", "heartbeat_at", "failure_code", "skip_reason"],
    )
    SetRater.objects.filter(pk=taker.pk).update(turn=F("turn") + len(rows))


@transaction.atomic
def restrict(*, rating_set: RatingSet, named: bool, actor: User | None) -> RatingSet:
    """Say whether only the listed raters may rate the set, or everybody with the rater role may join."""
    locked = _lock_state(rating_set, row=True)
    listed = locked.set_raters.filter(paused_at=None).count()
    if named and listed < locked.overlap:
        people = f"{listed} listed rater{'s' * (listed != 1)}"
        raise Refused(f"{people} cannot give {locked.overlap} ratings an item: add more first")
    locked.design = {**locked.design, "named_raters": named}
    locked.save(update_fields=["design"])
    audit.record(actor=actor, corpus=_corpus(locked), verb="raters_restricted", target=locked, named=named)
    return locked


@transaction.atomic
def tell(*, rating_set: RatingSet, message: str, actor: User | None) -> RatingSet:
    """What the raters of the set read in their queue and beside the question; empty takes it away."""
    message = " ".join(message.split())
    if len(message) > 500:
        raise BadInput("message: at most 500 characters")
    locked = _lock_state(rating_set, row=True)
    locked.message = message
    locked.save(update_fields=["message"])
    audit.record(actor=actor, corpus=_corpus(locked), verb="raters_told", target=locked, message=message)
    return locked


def _lock_state(rating_set: RatingSet, *, row: bool = False) -> RatingSet:
    """The set, kept in its state until the transaction ends; `Refused` where it is frozen."""
    locks.share_state(rating_set.pk)
    found = RatingSet.objects.select_related("definition__attribute__corpus")
    locked = (found.select_for_update(of=("self",)) if row else found).get(pk=rating_set.pk)
    if locked.state == RatingSet.State.FROZEN:
        raise Refused(f"{locked.name} is frozen: nothing in it can change")
    return locked


def _lock(*seats: SetRater) -> dict[int, SetRater]:
    """The seats, locked by key; `Refused` where one is gone."""
    rows = SetRater.objects.select_related("user", "rating_set__definition__attribute__corpus").order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[s.pk for s in seats]).select_for_update(of=("self",))}
    if len(found) < len(seats):
        raise Refused("this rater was taken off the list")
    return found


def _claims(seat: SetRater) -> QuerySet[Assignment]:
    return Assignment.objects.filter(rater=seat.user_id, rating_item__rating_set=seat.rating_set_id, state=State.LEASED)


def _lock_items(claims: QuerySet[Assignment]) -> None:
    """Lock the claims' items: the sweep of expired claims changes them too.

    Only an owner's transaction waits for several, and by key; a rater's waits for one at most while it holds none.
    """
    items = RatingItem.objects.filter(pk__in=claims.values("rating_item")).order_by("pk")
    list(items.select_for_update().values_list("pk", flat=True))


def _check_quota(quota: int | None) -> None:
    if quota is not None and quota < 1:
        raise BadInput("quota: at least 1, or empty for no limit")


def _record(seat: SetRater, verb: str, actor: User | None, **facts: Any) -> None:
    rating_set = seat.rating_set
    audit.record(actor=actor, corpus=_corpus(rating_set), verb=verb, target=rating_set, rater=seat.user.name, **facts)


def _corpus(rating_set: RatingSet) -> Corpus:
    return rating_set.definition.attribute.corpus
