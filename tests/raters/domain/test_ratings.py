"""Answers: stored once, corrected, late, refused."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import assignments, flags, ratings, sets
from raters.domain.ratings import Answer
from raters.models import Assignment, Flag, Rating, RatingItem, RatingSet
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 3)
    return factories.rating_set(factories.definition(corpus), size=3, overlap=1)


def claim(rater: User, opened: RatingSet) -> Assignment:
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    return claimed


def submit(
    rater: User, claimed: Assignment, level: str | None = "yes", key: uuid.UUID | None = None, **said: Any
) -> Rating:
    answer = Answer(level=level, **said)
    return ratings.submit(rater=rater, assignment_uid=claimed.uid, submission_key=key or uuid.uuid4(), answer=answer)


def test_an_answer_is_stored_with_what_was_shown(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    given = submit(rater, claimed, rationale=" slow water ", confidence=3, duration_ms=4200)
    stored = Rating.objects.get(pk=given.pk)
    assert stored.level is not None
    assert (stored.level.key, stored.rationale, stored.confidence, stored.duration_ms) == ("yes", "slow water", 3, 4200)
    item = claimed.rating_item.item
    assert stored.shown == {"definition": opened.definition.hash, "item": item.content_hash}
    row = RatingItem.objects.get(pk=claimed.rating_item_id)
    assert (row.counted, row.claimed) == (1, 0)
    assert opened.set_raters.values_list("answered", "stored").get() == (1, 1)


def test_the_same_key_stores_nothing_twice(opened: RatingSet, rater: User) -> None:
    claimed, key = claim(rater, opened), uuid.uuid4()
    first, again = submit(rater, claimed, key=key), submit(rater, claimed, "no", key=key)
    assert first.pk == again.pk
    assert Rating.objects.count() == 1


def test_a_key_used_for_another_item_is_an_error(opened: RatingSet, rater: User) -> None:
    key = uuid.uuid4()
    submit(rater, claim(rater, opened), key=key)
    with pytest.raises(BadInput, match="submission_key: used for another answer"):
        submit(rater, claim(rater, opened), key=key)


def test_a_correction_supersedes(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    first = submit(rater, claimed)
    second = submit(rater, claimed, "no", revises=first.submission_key)
    first.refresh_from_db()
    assert first.superseded_at is not None
    assert (second.superseded_at, second.counted) == (None, True)
    assert RatingItem.objects.get(pk=claimed.rating_item_id).counted == 1
    assert opened.set_raters.values_list("answered", "stored").get() == (1, 2)


def test_a_second_answer_must_name_the_one_it_corrects(opened: RatingSet, rater: User) -> None:
    """Two tabs show one item: the second answer is no correction, and does not replace the first unseen."""
    claimed = claim(rater, opened)
    first = submit(rater, claimed)
    for revises in (None, uuid.uuid4()):
        with pytest.raises(ratings.Conflict, match="answered this item elsewhere"):
            submit(rater, claimed, "no", revises=revises)
    assert Rating.objects.get() == first


def test_an_answer_whose_slot_was_given_away_is_kept_but_not_counted(
    opened: RatingSet, rater: User, other_rater: User
) -> None:
    claimed = claim(rater, opened)
    Assignment.objects.filter(pk=claimed.pk).update(lease_until=Now() - dt.timedelta(seconds=1))
    assignments.release_expired(opened)
    factories.rate_all(other_rater, opened)
    late = submit(rater, claimed)
    assert late.counted is False
    assert RatingItem.objects.get(pk=claimed.rating_item_id).counted == 1
    assert opened.set_raters.get(user=rater).answered == 0


def test_an_answer_after_the_lease_counts_while_its_slot_is_free(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    Assignment.objects.filter(pk=claimed.pk).update(lease_until=Now() - dt.timedelta(seconds=1))
    assignments.release_expired(opened)
    assert submit(rater, claimed).counted is True


def test_after_closing_answers_are_kept_but_change_nothing(opened: RatingSet, rater: User) -> None:
    answered = claim(rater, opened)
    first = submit(rater, answered)
    waiting = claim(rater, opened)
    sets.close_rating(rating_set=opened, actor=None)
    assert submit(rater, waiting).counted is False
    assert submit(rater, answered, "no", revises=first.submission_key).counted is False
    in_force = Rating.objects.filter(rating_item=answered.rating_item_id, counted=True, superseded_at=None)
    assert [rating.level.key for rating in in_force if rating.level] == ["yes"]


def test_a_frozen_set_refuses(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    RatingSet.objects.filter(pk=opened.pk).update(state=RatingSet.State.FROZEN)
    with pytest.raises(Refused, match="frozen: this answer comes too late"):
        submit(rater, claimed)


def test_cannot_tell_is_an_answer_that_uses_a_slot(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    given = submit(rater, claimed, None, reason="missing")
    assert (given.answer, given.level, given.reason, given.counted) == ("cannot_tell", None, "missing", True)
    assert RatingItem.objects.get(pk=claimed.rating_item_id).counted == 1


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"level": "maybe"}, "level: 'maybe' is not on the scale"),
        ({"level": None}, "reason: say why you can't tell"),
        ({"confidence": 0}, "confidence: 1 to 5"),
        ({"confidence": 6}, "confidence: 1 to 5"),
    ],
)
def test_what_does_not_fit_is_refused(opened: RatingSet, rater: User, said: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        submit(rater, claim(rater, opened), **said)
    assert Rating.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("rationale_mode", "rationale: this set asks for a reason"),
        ("confidence_mode", "confidence: this set asks how sure"),
    ],
)
def test_what_the_set_requires_must_be_said(opened: RatingSet, rater: User, field: str, message: str) -> None:
    setattr(opened, field, RatingSet.Ask.REQUIRED)
    opened.save()
    with pytest.raises(BadInput, match=message):
        submit(rater, claim(rater, opened))


@pytest.mark.parametrize(("said", "kept"), [(-5, 0), (10**9, ratings.MAX_DURATION_MS), (None, None)])
def test_durations_are_clamped(opened: RatingSet, rater: User, said: int | None, kept: int | None) -> None:
    assert submit(rater, claim(rater, opened), duration_ms=said).duration_ms == kept


def test_a_flag_is_raised_once_and_resolved(opened: RatingSet, rater: User, owner: User) -> None:
    claimed = claim(rater, opened)
    raised = flags.flag(rater=rater, assignment_uid=claimed.uid, note=" cut off ")
    assert flags.flag(rater=rater, assignment_uid=claimed.uid, note="cut off").pk == raised.pk
    assert flags.resolve_flag(raised=raised, actor=owner).resolved_by == owner
    assert Flag.objects.values_list("note", flat=True).get() == "cut off"


def test_the_last_definition_a_rater_answered_by(opened: RatingSet, rater: User, other_rater: User) -> None:
    submit(rater, claim(rater, opened))
    attribute = opened.definition.attribute
    assert ratings.last_definition(rater=rater, attribute=attribute) == opened.definition
    assert ratings.last_definition(rater=other_rater, attribute=attribute) is None
