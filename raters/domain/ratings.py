"""Answers: stored once, never changed, corrected by a newer one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from attributes.models import Attribute, Definition, Level
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Flag, Rating, RatingSet
from .assignments import locked
from .locks import Held, Seat

MAX_DURATION_MS = 60 * 60 * 1000
CONFIDENCE = range(1, 6)
# All three rows are locked; one statement, because a rater waits for every round trip.
SETTLE_SQL = """
WITH item AS (
    UPDATE raters_ratingitem SET counted = counted + %(fills)s, claimed = claimed - %(frees)s
    WHERE id = %(item)s AND %(fills)s + %(frees)s > 0
), seat AS (
    UPDATE raters_setrater SET answered = answered + %(fills)s, stored = stored + 1, undo_below = NULL
    WHERE id = %(seat)s
)
UPDATE raters_assignment SET state = 'done', lease_token = NULL, lease_until = NULL WHERE id = %(assignment)s
"""


@dataclass(frozen=True)
class Answer:
    """What a rater says of an item: a level key, or None for "can't tell" (with a reason)."""

    level: str | None
    reason: str = ""
    confidence: int | None = None
    rationale: str = ""
    evidence_ms: list[int] = field(default_factory=list)
    duration_ms: int | None = None


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

    An answer to an item the rater has answered before supersedes the earlier one while the set is open. An answer whose
    slot was given away in the meantime, or that comes after rating was closed, is kept with `counted` false. Raises
    `BadInput` for an answer outside the scale or without what the set requires, `Refused` once the set is frozen.
    """
    # The seat's lock also orders two posts of one key: the second finds the first one's rating.
    held = locked(rater, assignment_uid)
    of_item = Q(rating_item=held.item.id, rater=rater, occasion=1, superseded_at=None)
    earlier = list(Rating.objects.filter(of_item | Q(submission_key=submission_key)))
    known = next((rating for rating in earlier if rating.submission_key == submission_key), None)
    if known:
        if known.rater_id != rater.pk or known.rating_item_id != held.item.id:
            raise BadInput("submission_key: used for another answer")
        return known
    if held.seat.set_state == RatingSet.State.FROZEN:
        raise Refused("the golden set is frozen: this answer comes too late")
    level = _check(held.seat, answer)
    counted = _settle_slot(held, earlier)
    return Rating.objects.create(
        rating_item_id=held.item.id,
        rater=rater,
        answer=Rating.Answer.LEVEL if level else Rating.Answer.CANNOT_TELL,
        level=level,
        reason=answer.reason.strip()[:200],
        confidence=answer.confidence,
        rationale=answer.rationale.strip(),
        evidence_ms=answer.evidence_ms,
        duration_ms=_clamp(answer.duration_ms),
        submission_key=submission_key,
        counted=counted,
        source=source,
        shown={"definition": held.seat.definition_hash, "item": held.item.content_hash},
    )


def _check(seat: Seat, answer: Answer) -> Level | None:
    required = RatingSet.Ask.REQUIRED
    if seat.rationale_mode == required and not answer.rationale.strip():
        raise BadInput("rationale: this set asks for a reason with every answer")
    if seat.confidence_mode == required and answer.confidence is None:
        raise BadInput("confidence: this set asks how sure you are")
    if answer.confidence is not None and answer.confidence not in CONFIDENCE:
        raise BadInput("confidence: 1 to 5")
    if answer.level is None:
        if not answer.reason.strip():
            raise BadInput("reason: say why you can't tell")
        return None
    level = Level.objects.filter(attribute=seat.attribute_id, key=answer.level).first()
    if level is None:
        raise BadInput(f"level: {answer.level!r} is not on the scale")
    return level


def _settle_slot(held: Held, earlier: list[Rating]) -> bool:
    """Whether the answer counts; ends the claim, fills the slot and supersedes the `earlier` answers.

    A correction takes over the slot of the answer it replaces; a first answer takes the one its lease holds, or a free
    one. Nothing counts once rating was closed: gold rests on the answers of that moment.
    """
    seat, item, claim = held
    is_open = seat.set_state == RatingSet.State.OPEN
    holds = claim.state == Assignment.State.LEASED
    counted_before = any(rating.counted for rating in earlier)
    free = item.counted + item.claimed < item.overlap
    fills_slot = is_open and not counted_before and (holds or free)
    if is_open and earlier:
        Rating.objects.filter(pk__in=[rating.pk for rating in earlier]).update(superseded_at=Now())
    with connection.cursor() as cursor:
        values = {"item": item.id, "seat": seat.id, "assignment": claim.id}
        cursor.execute(SETTLE_SQL, {**values, "fills": int(fills_slot), "frees": int(holds)})
    return is_open and (counted_before or fills_slot)


def _clamp(duration_ms: int | None) -> int | None:
    """A browser's clock may say anything; a duration is between 0 and an hour."""
    return None if duration_ms is None else max(0, min(duration_ms, MAX_DURATION_MS))


def last_definition(*, rater: User, attribute: Attribute) -> Definition | None:
    """The version by which the rater last answered about the attribute."""
    mine = Rating.objects.filter(rater=rater, rating_item__rating_set__definition__attribute=attribute)
    last = mine.order_by("-pk").values_list("rating_item__rating_set__definition", flat=True).first()
    return Definition.objects.filter(pk=last).defer("spec").first() if last else None


@transaction.atomic
def flag(*, rater: User, assignment_uid: uuid.UUID, note: str) -> Flag:
    """Ask an expert to look at the item; the rater may still answer it. The same words again change nothing."""
    held = locked(rater, assignment_uid)
    flagged, _ = Flag.objects.get_or_create(
        rating_item_id=held.item.id, rater=rater, note=note.strip()[:2000], resolved_by=None
    )
    return flagged


@transaction.atomic
def resolve_flag(*, raised: Flag, actor: User) -> Flag:
    """The expert has looked: the flag no longer asks for attention."""
    Flag.objects.filter(pk=raised.pk, resolved_by=None).update(resolved_by=actor)
    raised.refresh_from_db()
    return raised
