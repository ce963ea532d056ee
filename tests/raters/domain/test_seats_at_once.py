"""The owner gives items from one rater to another while everybody works: real threads and connections."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable

import pytest

from attributes.domain import corpora
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from raters.domain import assignments, ratings, seats
from raters.domain.ratings import Answer
from raters.models import Assignment, Rating, RatingItem, RatingSet, SetRater
from tests import factories

from .test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)
RATERS, ITEMS, OVERLAP, ROUNDS = 12, 30, 3, 12


@pytest.fixture
def people() -> list[User]:
    corpus = corpora.get_or_create(slug="clips")
    factories.items(corpus, ITEMS)
    return factories.raters(corpus, RATERS)


@pytest.fixture
def opened(people: list[User]) -> RatingSet:
    corpus = corpora.get_or_create(slug="clips")
    made = factories.rating_set(factories.definition(corpus), size=ITEMS, overlap=OVERLAP)
    for person in people:
        seats.add(rating_set=made, rater=person, actor=None)
    return made


def work(rater: User, opened: RatingSet) -> None:
    """Answer until nothing is left; an item that was taken away meanwhile is answered late."""
    while claimed := assignments.claim_next(rater=rater, rating_set=opened):
        ratings.submit(rater=rater, assignment_uid=claimed.uid, submission_key=uuid.uuid4(), answer=Answer(level="yes"))


def meddle(opened: RatingSet, people: list[User], by: int) -> None:
    """Hand over, release and pause in turn, each rater to the next."""
    place = {seat.user_id: seat for seat in opened.set_raters.all()}
    for k in range(ROUNDS):
        giver, taker = people[(k * by) % RATERS], people[(k * by + 1) % RATERS]
        seats.reassign(seat=place[giver.pk], to=place[taker.pk], actor=None)
        seats.release(seat=place[taker.pk], actor=None)


def test_nobody_waits_for_ever_and_no_overlap_is_exceeded(people: list[User], opened: RatingSet) -> None:
    jobs: list[Callable[[], None]] = [lambda rater=rater: work(rater, opened) for rater in people]
    jobs += [lambda by=by: meddle(opened, people, by) for by in (1, 5, 7)]
    at_once(jobs)
    for person in people:  # what was given back to nobody in particular is taken up at the end
        work(person, opened)
    counted = Counter(Rating.objects.filter(counted=True, superseded_at=None).values_list("rating_item", flat=True))
    assert {item.pk: item.counted for item in RatingItem.objects.exclude(counted=0)} == dict(counted)
    assert set(RatingItem.objects.values_list("counted", "claimed")) == {(OVERLAP, 0)}
    assert not Assignment.objects.filter(state="leased").exists()


def test_two_owners_hand_over_crosswise(people: list[User], opened: RatingSet) -> None:
    first, second = people[:2]
    place = {seat.user_id: seat for seat in opened.set_raters.all()}
    for person in (first, second):
        assignments.claim_line(rater=person, rating_set=opened, ahead=4)
    at_once(
        [
            lambda: _handed_over(place[first.pk], place[second.pk]),
            lambda: _handed_over(place[second.pk], place[first.pk]),
        ]
    )
    held = Assignment.objects.filter(state="leased")
    assert held.count() == sum(RatingItem.objects.values_list("claimed", flat=True)) == 10


def _handed_over(giver: SetRater, taker: SetRater) -> None:
    try:
        seats.reassign(seat=giver, to=taker, actor=None)
    except Refused:
        return
