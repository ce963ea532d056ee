"""A rater who has not passed a qualification asks for another attempt; an editor allows it.

What was asked is an event of the record, with the attempt that it follows: once another is allowed, the wish is met by
itself, and nothing has to be put back.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db import transaction

from attributes.domain import audit
from attributes.models import AuditEvent
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused

from ..models import RatingSet, SetRater
from . import qualifications

VERB = "attempt_asked_for"
Wishes = dict[tuple[int, int, int], dt.datetime]  # (set, user, attempt it follows) -> since when


@transaction.atomic
def ask_again(*, rater: User, rating_set: RatingSet) -> None:
    """Ask for another attempt at a qualification; asking twice is asking once."""
    seat = SetRater.objects.select_for_update().filter(rating_set=rating_set, user=rater).first()
    if seat is None or not qualifications.result(rating_set, seat).finished:
        raise Refused(f"your attempt at {rating_set.name} has not ended")
    if seat.qualified_at:
        raise Refused(f"you have passed {rating_set.name} already")
    if rating_set.state != RatingSet.State.OPEN:
        raise Refused(f"{rating_set.name} is closed")
    if (rating_set.pk, rater.pk, seat.attempt) not in wishes([rating_set], [rater.pk]):
        corpus = rating_set.definition.attribute.corpus
        audit.record(actor=rater, corpus=corpus, verb=VERB, target=rating_set, attempt=seat.attempt)


def wishes(rating_sets: Collection[RatingSet], users: Collection[int] | None = None) -> Wishes:
    """What was asked for in these qualifications, met wishes included; no query where there is none."""
    of = {str(one.uid): one.pk for one in rating_sets if one.teaches}
    if not of:
        return {}
    events = AuditEvent.objects.filter(object_type=RatingSet._meta.label_lower, object_id__in=of, verb=VERB)
    events = events if users is None else events.filter(actor__in=users)
    rows = events.values_list("object_id", "actor", "data__attempt", "at")
    return {(of[uid], user, attempt): at for uid, user, attempt, at in rows if user is not None}


def waiting(rating_sets: Collection[RatingSet]) -> dict[int, list[SetRater]]:
    """Qualification -> the seats of those who wait for another attempt, longest first."""
    asked = wishes(rating_sets)
    if not asked:
        return {}
    seats = SetRater.objects.filter(rating_set__in={of for of, *_ in asked}, user__in={user for _, user, _ in asked})
    unmet = [seat for seat in seats.filter(qualified_at=None).select_related("user") if _key(seat) in asked]
    found: dict[int, list[SetRater]] = defaultdict(list)
    for seat in sorted(unmet, key=lambda seat: asked[_key(seat)]):
        found[seat.rating_set_id].append(seat)
    return dict(found)


def _key(seat: SetRater) -> tuple[int, int, int]:
    return seat.rating_set_id, seat.user_id, seat.attempt
