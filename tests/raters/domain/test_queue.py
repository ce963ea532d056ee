"""Why a rater's queue is empty."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import assignments, queue, sets
from raters.domain.queue import Cause, Progress, Waiting
from raters.models import Exposure, RatingSet, SetRater
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
