"""Answers: stored once, never changed, corrected by a newer one."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models.functions import Now

from attributes.models import Attribute, Definition
from labelhub.accounts.models import User
from labelhub.lib import sql
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Rating, RatingSet
from .assignments import Line, fill, locked
from .locks import Held, Seat

MAX_DURATION_MS = 60 * 60 * 1000
MAX_EVIDENCE = 50
CONFIDENCE = range(1, 6)
# Found from the item's few answers: the rater's own may be thousands.
EARLIER_SQL = """
WITH of_item AS MATERIALIZED (SELECT * FROM raters_rating WHERE rating_item_id = %(item)s)
SELECT id, rater_id, rating_item_id, occasion, submission_key, counted FROM of_item
WHERE rater_id = %(rater)s AND occasion = %(occasion)s AND superseded_at IS NULL
UNION ALL
SELECT id, rater_id, rating_item_id, occasion, submission_key, counted FROM raters_rating
WHERE submission_key = %(key)s
"""
LEVEL_SQL = "SELECT id FROM attributes_level WHERE attribute_id = %(attribute)s AND key = %(level)s"
# All three rows are locked; one statement, because a rater waits for every round trip.
STORE_SQL = """
WITH item AS (
    UPDATE raters_ratingitem SET counted = counted + %(fills)s, claimed = claimed - %(frees)s
    WHERE id = %(rating_item_id)s AND %(fills)s + %(frees)s > 0
), seat AS (
    UPDATE raters_setrater SET answered = answered + %(fills)s, extra = extra + %(extra)s, stored = stored + 1
    WHERE id = %(seat)s
), claim AS (
    UPDATE raters_assignment SET state = 'done', lease_token = NULL, lease_until = NULL, draft = NULL
    WHERE id = %(assignment)s
)
INSERT INTO raters_rating (
    rating_item_id, rater_id, occasion, answer, level_id, reason, confidence, rationale, evidence_ms, duration_ms,
    submission_key, counted, source, shown
) VALUES (
    %(rating_item_id)s, %(rater_id)s, %(occasion)s, %(answer)s, %(level_id)s, %(reason)s, %(confidence)s,
    %(rationale)s, %(evidence_ms)s::integer[], %(duration_ms)s, %(submission_key)s, %(counted)s, %(source)s, %(shown)s
) RETURNING id, created_at
"""


class Conflict(Refused):
    """The item was answered elsewhere in the meantime: in another tab."""


@dataclass(frozen=True)
class Answer:
    """What a rater says of an item: a level key, or None for "can't tell" (with a reason).

    `revises` is the submission key of the own answer that this one corrects.
    """

    level: str | None
    reason: str = ""
    confidence: int | None = None
    rationale: str = ""
    evidence_ms: list[int] = field(default_factory=list)
    duration_ms: int | None = None
    revises: uuid.UUID | None = None


class Earlier(NamedTuple):
    """An answer that is stored already: in force for the item, or made under the same submission key."""

    id: int
    rater_id: int
    rating_item_id: int
    occasion: int
    submission_key: uuid.UUID
    counted: bool


@transaction.atomic
def submit(
    *,
    rater: User,
    assignment_uid: uuid.UUID,
    submission_key: uuid.UUID,
    answer: Answer,
    source: str = Rating.Source.BROWSER,
) -> Rating:
    """Store an answer; the same submission key again returns the rating it made the first time.

    An answer that `revises` an earlier one supersedes it while the set is open. An answer whose slot was given away in
    the meantime, or that comes after rating was closed, is kept with `counted` false. Raises `BadInput` for an answer
    outside the scale or without what the set requires, `Conflict` for a second answer that does not name the one in
    force, `Refused` once the set is frozen.
    """
    rating, _ = _submit(locked(rater, assignment_uid), submission_key, answer, source)
    return rating


@transaction.atomic
def submit_and_go_on(
    *, rater: User, assignment_uid: uuid.UUID, submission_key: uuid.UUID, answer: Answer
) -> tuple[Rating, Line]:
    """As `submit`, and what the rater gets next, in the same transaction: one wait for the disk."""
    rating, seat = _submit(locked(rater, assignment_uid), submission_key, answer, Rating.Source.BROWSER)
    return rating, fill(seat)


def _submit(held: Held, key: uuid.UUID, answer: Answer, source: str) -> tuple[Rating, Seat]:
    # The seat's lock also orders two posts of one key: the second finds the first one's rating.
    values = {"item": held.item.id, "rater": held.seat.user_id, "occasion": held.claim.occasion, "key": key}
    earlier = [Earlier(*row) for row in sql.rows(EARLIER_SQL, values)]
    known = next((rating for rating in earlier if rating.submission_key == key), None)
    if known:
        if (known.rater_id, known.rating_item_id) != (held.seat.user_id, held.item.id):
            raise BadInput("submission_key: used for another answer")
        return Rating.objects.get(pk=known.id), held.seat
    if held.seat.set_state == RatingSet.State.FROZEN:
        raise Refused("the golden set is frozen: this answer comes too late")
    if earlier and answer.revises not in {rating.submission_key for rating in earlier}:
        raise Conflict("you have answered this item elsewhere: that answer stands until you change it")
    return _store(held, earlier, key, answer, source)


def _store(held: Held, earlier: list[Earlier], key: uuid.UUID, answer: Answer, source: str) -> tuple[Rating, Seat]:
    """End the claim, fill the slot, supersede the `earlier` answers.

    A correction takes over the slot of the answer it replaces; a first answer takes the one its lease holds, or a free
    one. Nothing counts once rating was closed: gold rests on the answers of that moment. A hidden check or a repeat has
    no slot to fill.
    """
    seat, item, claim = held
    level = _check(seat, answer)
    is_open = seat.set_state == RatingSet.State.OPEN
    counted_before = any(rating.counted for rating in earlier)
    holds = held.has_slot and claim.state == Assignment.State.LEASED
    free = holds or not held.has_slot or item.counted + item.claimed < item.overlap
    first = is_open and not counted_before and free
    fills, extra = int(first and held.has_slot), int(first and not held.has_slot)
    if is_open and earlier:
        Rating.objects.filter(pk__in=[rating.id for rating in earlier]).update(superseded_at=Now())
    values: dict[str, Any] = {
        "rating_item_id": item.id,
        "rater_id": seat.user_id,
        "occasion": claim.occasion,
        "answer": (Rating.Answer.LEVEL if level else Rating.Answer.CANNOT_TELL).value,
        "level_id": level,
        "reason": answer.reason.strip()[:200],
        "confidence": answer.confidence,
        "rationale": answer.rationale.strip(),
        "evidence_ms": answer.evidence_ms,
        "duration_ms": _clamp(answer.duration_ms),
        "submission_key": key,
        "counted": is_open and (counted_before or first),
        "source": str(source),
    }
    shown = {"definition": seat.definition_hash, "item": item.content_hash}
    ends = {"seat": seat.id, "assignment": claim.id, "fills": fills, "frees": int(holds), "extra": extra}
    pk, created_at = sql.one(STORE_SQL, {**values, **ends, "shown": json.dumps(shown)})
    rating = Rating(**values, shown=shown, pk=pk, created_at=created_at)
    rating._state.adding = False
    return rating, seat._replace(answered=seat.answered + fills, extra=seat.extra + extra)


def _check(seat: Seat, answer: Answer) -> int | None:
    """The level's id; None for "can't tell"."""
    required = RatingSet.Ask.REQUIRED
    if answer.level is not None and seat.rationale_mode == required and not answer.rationale.strip():
        raise BadInput("rationale: this set asks for a reason with every answer")
    if answer.level is not None and seat.confidence_mode == required and answer.confidence is None:
        raise BadInput("confidence: this set asks how sure you are")
    if answer.confidence is not None and answer.confidence not in CONFIDENCE:
        raise BadInput("confidence: 1 to 5")
    if len(answer.evidence_ms) > MAX_EVIDENCE or any(not 0 <= ms < 2**31 for ms in answer.evidence_ms):
        raise BadInput(f"evidence_ms: at most {MAX_EVIDENCE} moments, in milliseconds")
    if answer.level is None:
        if not answer.reason.strip():
            raise BadInput("reason: say why you can't tell")
        return None
    return _level(seat.attribute_id, answer.level)


@lru_cache(maxsize=4096)
def _level(attribute_id: int, key: str) -> int:
    """Asked of the database once: the levels of what is rated are locked."""
    found = sql.row(LEVEL_SQL, {"attribute": attribute_id, "level": key})
    if found is None:
        raise BadInput(f"level: {key!r} is not on the scale")
    return int(found[0])


def _clamp(duration_ms: int | None) -> int | None:
    """A browser's clock may say anything; a duration is between 0 and an hour."""
    return None if duration_ms is None else max(0, min(duration_ms, MAX_DURATION_MS))


def last_definition(*, rater: User, attribute: Attribute) -> Definition | None:
    """The version by which the rater last answered about the attribute."""
    mine = Rating.objects.filter(rater=rater, rating_item__rating_set__definition__attribute=attribute)
    last = mine.order_by("-pk").values_list("rating_item__rating_set__definition", flat=True).first()
    return Definition.objects.filter(pk=last).defer("spec").first() if last else None
