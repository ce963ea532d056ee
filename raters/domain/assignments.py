"""The claims of a rater: leased, in the order they are shown, never more than the overlap asks for.

A rater holds the item they look at and a few that come next, so that the next one is there before they answer.
`RatingItem.claimed` and `.counted` live on the row that is locked (`raters.domain.draws`).
"""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib import sql
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Flag, RatingItem, RatingSet, SetRater
from ..queries import screen
from ..queries.screen import Shown
from . import draws, locks
from .draws import Drawn
from .locks import Held, Seat

AHEAD = 2  # items held beside the one on the screen: what a rater can go on with while the connection is gone
LEASE_FOR = dt.timedelta(minutes=10)  # the screen prolongs it while its rater is active
SKIPS_ASK = 3  # so many skips of an item, and its owner decides
State = Assignment.State
# What the screen shows of the item is read with it: nearly every lease is shown next.
LEASE = """
WITH item AS (UPDATE raters_ratingitem SET claimed = claimed + 1 WHERE id = %(item)s AND %(has_slot)s),
     seat AS (UPDATE raters_setrater SET turn = turn + 1 WHERE id = %(seat)s),
     lease AS (INSERT INTO raters_assignment AS held (
    rating_item_id, rater_id, occasion, uid, state, lease_token, lease_until, heartbeat_at, attempts, failure_code,
    skip_reason, turn, draft_revision
) VALUES (
    %(item)s, %(rater)s, %(occasion)s, %(uid)s, 'leased', %(token)s, statement_timestamp() + %(lease)s,
    statement_timestamp(), 1, '', '', %(turn)s, 0
) ON CONFLICT (rating_item_id, rater_id, occasion) DO UPDATE SET
    state = 'leased', lease_token = EXCLUDED.lease_token, lease_until = EXCLUDED.lease_until,
    heartbeat_at = EXCLUDED.heartbeat_at, attempts = held.attempts + 1, turn = EXCLUDED.turn
RETURNING *)
"""
LEASE_SQL = LEASE + screen.LEASED
# Found from the rater's few claims: a plan that began at the set would walk all its items, and does where the
# statistics are older than the claims.
MINE = """
WITH mine AS MATERIALIZED (
    SELECT id, uid, lease_token, turn, rating_item_id FROM raters_assignment
    WHERE rater_id = %(rater)s AND state = 'leased'
)
"""
LINE_SQL = (
    MINE
    + """
SELECT a.id, a.uid, a.lease_token, a.turn, i.id, i.item_id
FROM mine a JOIN raters_ratingitem i ON i.id = a.rating_item_id
WHERE i.rating_set_id = %(rating_set)s
"""
)
# A lease that the owner has made longer stays so. The sweep waits for these rows, and then finds them renewed.
RENEW_SQL = (
    MINE
    + """
UPDATE raters_assignment a
SET lease_until = GREATEST(a.lease_until, statement_timestamp() + %(lease)s), heartbeat_at = statement_timestamp()
FROM mine JOIN raters_ratingitem i ON i.id = mine.rating_item_id
WHERE a.id = mine.id AND a.state = 'leased' AND i.rating_set_id = %(rating_set)s
RETURNING a.id, a.uid, a.lease_token, a.turn, i.id, i.item_id
"""
)

GIVE_BACK_SQL = """
WITH ended AS (
    UPDATE raters_assignment SET state = 'queued', lease_token = NULL, lease_until = NULL WHERE id = ANY(%(ids)s)
    RETURNING rating_item_id, occasion
)
UPDATE raters_ratingitem i SET claimed = i.claimed - given_back.n
FROM (SELECT rating_item_id, count(*) AS n FROM ended WHERE occasion = 1 GROUP BY 1) given_back
WHERE i.id = given_back.rating_item_id AND i.role = 'measure'
"""


class Claimed(NamedTuple):
    """One claim in a rater's line."""

    assignment_id: int
    uid: uuid.UUID
    token: uuid.UUID
    turn: int
    rating_item_id: int
    item_id: int
    shown: Shown | None = None  # where it was read with the lease


@dataclass(frozen=True)
class Line:
    """A rater's claims in the order they are to be shown; empty where nothing is left for them."""

    seat: Seat
    claims: list[Claimed]


def claim_line(*, rater: User, rating_set: RatingSet, ahead: int = AHEAD) -> Line:
    """Prolong the rater's claims and draw what is missing: one to look at and `ahead` more.

    Raises `Refused` when the set is not open to this rater now.
    """
    line = _claim(rater, rating_set, ahead)
    if not line.claims:
        release_expired(rating_set)
        line = _claim(rater, rating_set, 0, wait=True)
    return line


def claim_next(*, rater: User, rating_set: RatingSet) -> Assignment | None:
    """The item the rater is to look at, without reserving more; None when nothing is left for them."""
    line = claim_line(rater=rater, rating_set=rating_set, ahead=0)
    return shown().get(pk=line.claims[0].assignment_id) if line.claims else None


@transaction.atomic
def _claim(rater: User, rating_set: RatingSet, ahead: int, *, wait: bool = False) -> Line:
    locks.share_state(rating_set.pk)
    seat = _take_seat(rater, rating_set)
    return _fill(seat, _line(RENEW_SQL, seat), ahead, wait=wait)


def fill(seat: Seat, ahead: int = AHEAD) -> Line:
    """The line after an answer, inside its transaction: no item is waited for, and nothing is drawn where it may not.

    An empty line may only mean that others hold what is left locked: `claim_line` knows.
    """
    if seat.set_state != RatingSet.State.OPEN or seat.paused_at or not seat.is_admitted:
        return Line(seat, [])
    return _fill(seat, _line(LINE_SQL, seat), ahead, wait=False)


def _line(statement: str, seat: Seat) -> list[Claimed]:
    values = {"rater": seat.user_id, "rating_set": seat.rating_set_id, "lease": LEASE_FOR}
    return sorted(
        (Claimed(*row) for row in sql.rows(statement, values)), key=lambda claim: (claim.turn, claim.assignment_id)
    )


def _fill(seat: Seat, claims: list[Claimed], ahead: int, *, wait: bool) -> Line:
    claims = _within_quota(seat, claims)
    while len(claims) <= ahead and (seat.quota is None or seat.answered + len(claims) < seat.quota):
        drawn = draws.draw(seat, wait=wait and not claims)
        if drawn is None:
            break
        claims.append(lease(seat, drawn))
        seat = seat._replace(turn=seat.turn + 1)
    return Line(seat, claims)


def _within_quota(seat: Seat, claims: list[Claimed]) -> list[Claimed]:
    """The quota may have been lowered under what is held: the rest goes back, the last ones first."""
    if seat.quota is None or seat.answered + len(claims) <= seat.quota:
        return claims
    room = max(seat.quota - seat.answered, 0)
    surplus = [claim.assignment_id for claim in claims[room:]]
    give_back(Assignment.objects.filter(pk__in=surplus, state=State.LEASED))
    return claims[:room]


def _take_seat(rater: User, rating_set: RatingSet) -> Seat:
    """The rater's place in the set, locked; anybody may join a set that names nobody."""
    seat = locks.seat(rating_set.pk, rater.pk) or _join(rater, rating_set)
    if seat.set_state != RatingSet.State.OPEN:
        state = RatingSet.State(seat.set_state).label.lower()
        raise Refused(f"{seat.set_name} is {state}: it takes no ratings now")
    if seat.paused_at:
        raise Refused("the owner has paused your work on this set")
    if not seat.is_admitted:
        raise Refused(f"{seat.set_name} takes raters who have passed its qualification")
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


def lease(seat: Seat, drawn: Drawn, *, turn: int | None = None) -> Claimed:
    """Give the drawn item to the rater, in one statement: a rater waits for every round trip.

    `turn` puts it at another place in the line than the end.
    """
    turn = seat.turn if turn is None else turn
    values: dict[str, Any] = {
        "seat": seat.id, "item": drawn.rating_item_id, "rater": seat.user_id, "occasion": drawn.occasion,
        "has_slot": drawn.has_slot, "uid": uuid.uuid4(), "token": uuid.uuid4(), "lease": LEASE_FOR, "turn": turn,
        "shown": drawn.item_id,
    }  # fmt: skip
    pk, *columns = sql.one(LEASE_SQL, values)
    shown = screen.shown(*columns)
    return Claimed(pk, shown.uid, values["token"], turn, drawn.rating_item_id, drawn.item_id, shown)


@transaction.atomic
def release_expired(rating_set: RatingSet | None = None) -> int:
    """Give back the items whose raters went silent, so that others may have them; returns how many.

    Of all open sets, or of the one given.
    """
    expired = Assignment.objects.filter(state=State.LEASED, lease_until__lt=Now())
    expired = expired.filter(rating_item__rating_set__state=RatingSet.State.OPEN)
    if rating_set is not None:
        expired = expired.filter(rating_item__rating_set=rating_set)
    return give_back(expired)


def release_all(rating_set: RatingSet) -> int:
    """Take every claim back: rating closes. The set's state must be owned."""
    return give_back(Assignment.objects.filter(rating_item__rating_set=rating_set, state=State.LEASED))


@transaction.atomic
def release(*, rater: User, assignment_uids: list[uuid.UUID]) -> int:
    """Give back claims that the rater leaves without having looked at them."""
    return give_back(Assignment.objects.filter(rater=rater, uid__in=assignment_uids, state=State.LEASED))


def give_back(leased: QuerySet[Assignment]) -> int:
    """End these leases and free their slots; how many. Items locked by an answer on its way are passed over: that
    answer ends the claim."""
    waiting = RatingItem.objects.filter(pk__in=leased.values("rating_item")).order_by("pk")
    items = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
    # Locked, and their conditions checked again: a screen may be prolonging one at this moment.
    ended = leased.filter(rating_item__in=items).order_by("pk").select_for_update(of=("self",))
    ids = list(ended.values_list("pk", flat=True))
    sql.run(GIVE_BACK_SQL, {"ids": ids})
    return len(ids)


@transaction.atomic
def skip(*, rater: User, assignment_uid: uuid.UUID, token: uuid.UUID, reason: str) -> Line:
    """Return an item unrated, with a reason: it goes to the end of the rater's own list. The line as it is then.

    The third skip of an item asks the set's owner, and nobody is given it until they have decided. The same skip again
    changes nothing.
    """
    if not reason.strip():
        raise BadInput("reason: say why you skip it")
    held = locked(rater, assignment_uid)
    if held.claim.state == State.LEASED and held.claim.lease_token == token:
        _skip(rater, held, reason.strip()[:200])
    elif held.claim.state != State.CANCELLED:
        raise Refused("this item is no longer reserved for you")
    return fill(held.seat)


def _skip(rater: User, held: Held, reason: str) -> None:
    skipped = Assignment.objects.filter(pk=held.claim.id)
    skipped.update(
        state=State.CANCELLED, skip_reason=reason, lease_token=None, lease_until=None, heartbeat_at=Now(), draft=None
    )  # the heartbeat keeps the moment, so that the rater's list knows what came last
    changes: dict[str, Any] = {"claimed": F("claimed") - 1} if held.has_slot else {}
    if held.item.skips + 1 >= SKIPS_ASK:
        changes["asked_at"] = Now()
        reasons = Assignment.objects.filter(rating_item=held.item.id).exclude(skip_reason="").order_by("heartbeat_at")
        note = "; ".join(dict.fromkeys(reasons.values_list("skip_reason", flat=True)))
        asked = {"rating_item_id": held.item.id, "kind": Flag.Kind.SKIPS, "resolved_by": None}
        Flag.objects.get_or_create(**asked, defaults={"rater": rater, "note": note})
    RatingItem.objects.filter(pk=held.item.id).update(skips=F("skips") + 1, **changes)


def locked(rater: User, assignment_uid: uuid.UUID) -> Held:
    """The rater's own assignment, with everything that its changes need locked; `BadInput` when it is not theirs."""
    held = locks.hold(assignment_uid, rater.pk)
    if held is None:
        raise BadInput("assignment: no such claim of yours")
    return held


def shown() -> QuerySet[Assignment]:
    """Assignments with what the rating screen shows of them."""
    return Assignment.objects.select_related("rating_item__item__media")
