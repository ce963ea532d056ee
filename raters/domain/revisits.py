"""Going back: a rater's last answers and skips, each open to change while the set takes ratings."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction

from labelhub.accounts.models import User
from labelhub.lib import sql
from labelhub.lib.errors import Refused

from ..models import Assignment, Rating, RatingSet
from .assignments import lease, locked, shown
from .draws import Drawn
from .locks import Held

LAST = 10
State = Assignment.State
TURN_NOW = 0  # before everything else in the line
STILL_FREE_SQL = """
SELECT NOT EXISTS (SELECT FROM raters_exposure e WHERE e.item_id = i.item_id AND e.user_id = %(rater)s
                   AND e.attribute_id = %(attribute)s)
FROM raters_ratingitem i
WHERE i.id = %(item)s AND i.exclude_reason = '' AND i.asked_at IS NULL AND i.counted + i.claimed < i.overlap
"""


@dataclass(frozen=True)
class Past:
    """Something the rater did with an item; `rating` is the answer in force, None where they skipped it."""

    assignment: Assignment
    rating: Rating | None
    at: dt.datetime


def recent(*, rater: User, rating_set: RatingSet) -> list[Past]:
    """The last ten answers and skips, the newest first."""
    ratings = Rating.objects.filter(rater=rater, rating_item__rating_set=rating_set, superseded_at=None)
    ratings = ratings.select_related("level").order_by("-pk")[:LAST]
    answers = {(rating.rating_item_id, rating.occasion): rating for rating in ratings}
    mine = shown().filter(rater=rater, rating_item__rating_set=rating_set)
    answered = mine.filter(state=State.DONE, rating_item__in=[item for item, _ in answers])
    done = [
        Past(assignment, rating, rating.created_at)
        for assignment in answered
        if (rating := answers.get((assignment.rating_item_id, assignment.occasion)))
    ]
    cancelled = mine.filter(state=State.CANCELLED, heartbeat_at__isnull=False).order_by("-heartbeat_at")
    skipped = [
        Past(assignment, None, assignment.heartbeat_at) for assignment in cancelled[:LAST] if assignment.heartbeat_at
    ]
    return sorted([*done, *skipped], key=lambda past: past.at, reverse=True)[:LAST]


@transaction.atomic
def revisit(*, rater: User, assignment_uid: uuid.UUID) -> Past:
    """Look again at an item. An answer stays in force until a new one revises it; a skipped item is leased anew.

    Raises `Refused` where rating is closed or others have filled the skipped item's slots.
    """
    held = locked(rater, assignment_uid)
    if held.seat.set_state != RatingSet.State.OPEN:
        raise Refused(f"{held.seat.set_name} is closed: its answers stay as they are")
    if held.claim.state in (State.CANCELLED, State.QUEUED):
        _take_again(held)
    elif held.claim.state == State.FAILED:
        raise Refused("this item was given to somebody else")
    assignment = shown().get(pk=held.claim.id)
    of_item = Rating.objects.filter(rating_item=held.item.id, rater=rater, occasion=held.claim.occasion)
    rating = of_item.filter(superseded_at=None).select_related("level").order_by("-pk").first()
    return Past(assignment, rating, rating.created_at if rating else assignment.created_at)


def _take_again(held: Held) -> None:
    """Lease the item once more, at the head of the line."""
    seat, item, claim = held
    if seat.paused_at or (seat.quota is not None and seat.answered >= seat.quota):
        raise Refused("you have no more items to rate in this set")
    values = {"rater": seat.user_id, "attribute": seat.attribute_id, "item": item.id}
    if held.has_slot and sql.row(STILL_FREE_SQL, values) != (True,):
        raise Refused("this item is no longer open to you: others have rated it, or you have seen a label of it")
    lease(seat, Drawn(item.id, item.item_id, claim.occasion, held.has_slot), turn=TURN_NOW)
