"""Why a rater's queue is empty."""

from __future__ import annotations

import uuid

import pytest
from django.db.models import F
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import assignments, gold, keyed, qualifications, queue, sets
from raters.domain.keyed import Source
from raters.domain.queue import Cause, Progress, Waiting
from raters.models import Assignment, Exposure, Rating, RatingSet, SetRater
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 3)
    return factories.rating_set(factories.definition(corpus), size=3, overlap=2)


def waiting(rater: User, rating_set: RatingSet) -> Waiting:
    rating_set.refresh_from_db()
    (row,) = queue.waiting(rater, [rating_set])
    return row


def test_what_is_left(opened: RatingSet, rater: User) -> None:
    factories.rate(rater, opened, "yes")
    row = waiting(rater, opened)
    assert (row.left, row.cause, row.more) == (2, None, False)
    assert row.progress == Progress(mine=1, mine_total=None, team=1, team_total=6)
    assert queue.left(rater, opened) == 2


def test_a_large_set_is_not_counted_at_every_answer(opened: RatingSet, rater: User) -> None:
    opened.design["size"] = queue.SHOWN_AT_MOST + 1
    assert queue.left(rater, opened) is None


def test_a_held_item_is_left(opened: RatingSet, rater: User) -> None:
    assignments.claim_next(rater=rater, rating_set=opened)
    assert waiting(rater, opened).left == 3
    assert queue.left(rater, opened) == 3


def test_all_yours(opened: RatingSet, rater: User) -> None:
    factories.rate_all(rater, opened)
    assert waiting(rater, opened).cause == Cause.ALL_YOURS


def test_complete(opened: RatingSet, rater: User, corpus: Corpus) -> None:
    for person in factories.raters(corpus, 2):
        factories.rate_all(person, opened)
    assert waiting(rater, opened).cause == Cause.COMPLETE


def test_others_are_at_it(corpus: Corpus, rater: User, other_rater: User) -> None:
    factories.items(corpus, 1)
    single = factories.rating_set(factories.definition(corpus), size=1, overlap=1)
    assignments.claim_next(rater=other_rater, rating_set=single)
    assert waiting(rater, single).cause == Cause.OTHERS_AT_IT


def test_what_the_owner_gave_to_others_is_not_waited_for(opened: RatingSet, rater: User) -> None:
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    Assignment.objects.filter(pk=claimed.pk).update(state="failed", lease_token=None, failure_code="reassigned")
    factories.rate_all(rater, opened)
    assert waiting(rater, opened).cause == Cause.RELIEVED


def test_exposed(opened: RatingSet, rater: User) -> None:
    attribute = opened.definition.attribute
    Exposure.objects.bulk_create(
        Exposure(user=rater, item=row.item, attribute=attribute, kind="machine") for row in opened.rating_items.all()
    )
    assert waiting(rater, opened).cause == Cause.EXPOSED


def test_paused_and_quota(opened: RatingSet, rater: User) -> None:
    factories.rate(rater, opened, "yes")
    SetRater.objects.update(quota=1)
    assert waiting(rater, opened).cause == Cause.QUOTA
    assert queue.progress(rater, opened).mine_total == 1
    SetRater.objects.update(paused_at=Now())
    assert waiting(rater, opened).cause == Cause.PAUSED


def test_named_and_closed(corpus: Corpus, rater: User, other_rater: User) -> None:
    factories.items(corpus, 2)
    named = factories.rating_set(factories.definition(corpus), size=2, overlap=1, raters=[other_rater])
    assert queue.why_nothing(rater, named) == Cause.NOT_NAMED
    assert list(queue.sets_for(rater, corpus)) == []
    assert list(queue.sets_for(other_rater, corpus)) == [named]
    assert queue.progress(other_rater, named).mine_total == 2
    sets.close_rating(rating_set=named, actor=None)
    assert queue.why_nothing(other_rater, named) == Cause.NOT_OPEN
    assert list(queue.sets_for(other_rater, corpus)) == []


@pytest.fixture
def lesson(opened: RatingSet) -> RatingSet:
    """A qualification of two items that `opened` does not have, asked for by it."""
    factories.items_more(opened.definition.attribute.corpus, ("x1", "x2"))
    source = Source(lines="x1, yes\nx2, no")
    made = qualifications.create(definition=opened.definition, name="Lesson", source=source, pass_mark=1)
    sets.open_for_rating(rating_set=made, actor=None)
    RatingSet.objects.filter(pk=opened.pk).update(qualification=made)
    return made


def learn(rater: User, lesson: RatingSet, *levels: str) -> None:
    seat, _ = SetRater.objects.get_or_create(rating_set=lesson, user=rater, defaults={"order_seed": 1})
    rows = lesson.rating_items.order_by("item__external_id")
    for row, level in zip(rows, levels, strict=False):
        said = lesson.definition.attribute.levels.get(key=level)
        given = Rating.objects.create(rating_item=row, rater=rater, level=said, submission_key=uuid.uuid4())
        qualifications.after_answer(given)
        SetRater.objects.filter(pk=seat.pk).update(extra=F("extra") + 1)


def test_a_qualification_comes_first(opened: RatingSet, lesson: RatingSet, rater: User, corpus: Corpus) -> None:
    assert list(queue.sets_for(rater, corpus)) == [lesson, opened]
    assert waiting(rater, opened).cause == Cause.NOT_QUALIFIED
    assert queue.why_nothing(rater, opened) == Cause.NOT_QUALIFIED
    learn(rater, lesson, "yes", "no")
    assert (waiting(rater, opened).cause, waiting(rater, opened).left) == (None, 3)


def test_how_a_qualification_stands(lesson: RatingSet, rater: User) -> None:
    row = waiting(rater, lesson)
    assert (row.left, row.cause, row.result and row.result.done) == (2, None, 0)
    learn(rater, lesson, "yes")
    assert (waiting(rater, lesson).left, queue.left(rater, lesson)) == (1, 1)
    seat = SetRater.objects.get(rating_set=lesson)
    assert (queue.mine_total(seat, lesson), queue.progress(rater, lesson).mine) == (2, 1)


def test_a_lesson_that_everybody_skips_waits_for_the_owner(lesson: RatingSet, rater: User) -> None:
    factories.rate(rater, lesson, "yes")
    lesson.rating_items.filter(ratings=None).update(asked_at=Now())
    assert assignments.claim_next(rater=rater, rating_set=lesson) is None
    assert queue.why_nothing(rater, lesson) == Cause.OWNER_ASKED


@pytest.mark.parametrize(("second", "cause"), [("no", Cause.PASSED), ("yes", Cause.NOT_PASSED)])
def test_how_a_qualification_ended(lesson: RatingSet, rater: User, second: str, cause: Cause) -> None:
    learn(rater, lesson, "yes", second)
    row = waiting(rater, lesson)
    assert (row.cause, row.left, row.result and row.result.right) == (cause, 0, 1 + (second == "no"))
    assert queue.why_nothing(rater, lesson) == cause


def test_what_waits_for_the_owner(opened: RatingSet, rater: User) -> None:
    factories.rate(rater, opened, "yes")
    opened.rating_items.filter(counted=0).update(asked_at=Now())
    assert queue.why_nothing(rater, opened) == Cause.ALL_YOURS
    opened.rating_items.update(asked_at=Now())
    assert queue.why_nothing(rater, opened) == Cause.OWNER_ASKED


def test_hidden_checks_are_no_work_left(opened: RatingSet, rater: User, corpus: Corpus) -> None:
    factories.items_more(corpus, ("x1",))
    draft = factories.rating_set(opened.definition, size=1, overlap=1, opened=False, name="Checked")
    draft.rating_items.update(item=corpus.items.get(external_id="i000"))
    keyed.add_lines(rating_set=draft, lines="x1, yes", actor=None)
    sets.open_for_rating(rating_set=draft, actor=None)
    assert waiting(rater, draft).left == 1
    factories.rate(rater, draft, "yes")
    assert queue.why_nothing(rater, draft) == Cause.COMPLETE


@pytest.mark.parametrize(
    ("quota", "check_rate", "repeat_rate", "there_are", "total"),
    [(90, 0, 0, 0, 90), (90, 0.1, 0, 50, 100), (90, 0.1, 0, 4, 94), (90, 0.1, 0.1, 50, 109), (None, 0.1, 0, 50, None)],
)
def test_the_counter_expects_checks_and_repeats(
    opened: RatingSet, rater: User, quota: int | None, check_rate: float, repeat_rate: float, there_are: int,
    total: int | None,
) -> None:  # fmt: skip
    opened.design["check"] = there_are
    opened.check_rate, opened.repeat_rate = check_rate, repeat_rate
    seat = SetRater(rating_set=opened, user=rater, quota=quota, answered=10)
    assert queue.mine_total(seat, opened) == total
    seat.extra = 3  # three checks later the counter has not told
    assert queue.mine_total(seat, opened) == total


def test_the_counter_never_falls_short(opened: RatingSet, rater: User) -> None:
    seat = SetRater(rating_set=opened, user=rater, quota=10, answered=10, extra=2)
    assert queue.mine_total(seat, opened) == 12


def test_finished_sets(corpus: Corpus, other_rater: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "yn", "i002": "yy"})
    rater = User.objects.get(email="rater0@example.com")
    assert list(queue.finished(rater, corpus)) == []
    gold.seal(closed, None)
    assert list(queue.finished(rater, corpus)) == [closed]
    assert list(queue.finished(other_rater, corpus)) == []


def test_own_items_that_are_due_again_are_left(opened: RatingSet, rater: User) -> None:
    factories.rate_all(rater, opened)
    assert waiting(rater, opened).cause == Cause.ALL_YOURS
    RatingSet.objects.update(repeat_rate=0.5, repeat_after_days=0)
    assert (waiting(rater, opened).left, waiting(rater, opened).cause) == (2, None)
    factories.rate(rater, opened, "yes")
    assert waiting(rater, opened).left == 1
    RatingSet.objects.update(repeat_after_days=1)
    assert waiting(rater, opened).cause == Cause.ALL_YOURS
