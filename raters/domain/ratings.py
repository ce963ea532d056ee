"""Answers: stored once, never changed, corrected by a newer one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from attributes.models import Level
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Assignment, Flag, Rating, RatingItem, RatingSet
from .assignments import locked

MAX_DURATION_MS = 60 * 60 * 1000


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

    An answer to an item the rater has answered before supersedes the earlier one. An answer whose slot was given away
    in the meantime is kept with `counted` false. Raises `BadInput` for an answer outside the scale or without what the
    set requires, `Refused` once the set is frozen.
    """
    # The assignment's lock also orders two posts of one key: the second finds the first one's rating.
    assignment = locked(rater, assignment_uid)
    known = Rating.objects.filter(submission_key=submission_key).first()
    if known:
        if known.rater_id != rater.pk or known.rating_item_id != assignment.rating_item_id:
            raise BadInput("submission_key: used for another answer")
        return known
    rating_item = assignment.rating_item
    rating_set = rating_item.rating_set
    if rating_set.state == RatingSet.State.FROZEN:
        raise Refused("the golden set is frozen: this answer comes too late")
    level = _check(rating_set, answer)
    earlier = Rating.objects.filter(rating_item=rating_item, rater=rater, occasion=1, superseded_at=None).first()
    counted = earlier.counted if earlier else _take_slot(assignment)
    if earlier:
        Rating.objects.filter(pk=earlier.pk).update(superseded_at=Now())
    Assignment.objects.filter(pk=assignment.pk).update(state=Assignment.State.DONE, lease_token=None, lease_until=None)
    return Rating.objects.create(
        rating_item=rating_item,
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
        shown={"definition": rating_set.definition.hash},
    )


def _check(rating_set: RatingSet, answer: Answer) -> Level | None:
    required = RatingSet.Ask.REQUIRED
    if rating_set.rationale_mode == required and not answer.rationale.strip():
        raise BadInput("rationale: this set asks for a reason with every answer")
    if rating_set.confidence_mode == required and answer.confidence is None:
        raise BadInput("confidence: this set asks how sure you are")
    if answer.confidence is not None and not 1 <= answer.confidence <= 5:
        raise BadInput("confidence: 1 to 5")
    if answer.level is None:
        if not answer.reason.strip():
            raise BadInput("reason: say why you can't tell")
        return None
    level = Level.objects.filter(attribute=rating_set.definition.attribute_id, key=answer.level).first()
    if level is None:
        raise BadInput(f"level: {answer.level!r} is not on the scale")
    return level


def _take_slot(assignment: Assignment) -> bool:
    """Whether the answer counts: the lease still holds a slot, or one is free. The item's row is locked."""
    item = RatingItem.objects.get(pk=assignment.rating_item_id)
    rating_set = assignment.rating_item.rating_set
    holds = assignment.state == Assignment.State.LEASED
    free = item.counted + item.claimed < item.overlap
    counted = rating_set.state == RatingSet.State.OPEN and (holds or free)
    RatingItem.objects.filter(pk=item.pk).update(counted=F("counted") + int(counted), claimed=F("claimed") - int(holds))
    return counted


def _clamp(duration_ms: int | None) -> int | None:
    """A browser's clock may say anything; a duration is between 0 and an hour."""
    return None if duration_ms is None else max(0, min(duration_ms, MAX_DURATION_MS))


def last_answers(rater: User, rating_set: RatingSet, limit: int = 10) -> list[Rating]:
    """The rater's latest current answers in the set, newest first."""
    mine = Rating.objects.filter(rater=rater, rating_item__rating_set=rating_set, superseded_at=None)
    return list(mine.select_related("rating_item__item", "level").order_by("-id")[:limit])


@transaction.atomic
def flag(*, rater: User, assignment_uid: uuid.UUID, note: str) -> Flag:
    """Ask an expert to look at the item; the rater may still answer it."""
    assignment = locked(rater, assignment_uid)
    return Flag.objects.create(rating_item=assignment.rating_item, rater=rater, note=note.strip()[:2000])
