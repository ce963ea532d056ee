"""Many raters at once, with real threads and connections."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from attributes.domain import corpora
from labelhub.accounts.models import User
from raters.domain import assignments, ratings, sets
from raters.domain.ratings import Answer
from raters.models import Rating, RatingItem, RatingSet
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
T = TypeVar("T")
RATERS, ITEMS, OVERLAP = 64, 40, 3


@pytest.fixture
def people() -> list[User]:
    corpus = corpora.get_or_create(slug="clips")
    factories.items(corpus, ITEMS)
    return factories.raters(corpus, RATERS)


@pytest.fixture
def opened(people: list[User]) -> RatingSet:
    corpus = corpora.get_or_create(slug="clips")
    return factories.rating_set(factories.definition(corpus), size=ITEMS, overlap=OVERLAP)


def at_once(work: list[Callable[[], T]]) -> list[T]:
    """Run everything in a thread of its own, started together; the first exception is raised."""
    barrier = threading.Barrier(len(work))

    def run(job: Callable[[], T]) -> T:
        try:
            barrier.wait(timeout=30)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(run, work))


def answer(rater: User, assignment: uuid.UUID, key: uuid.UUID, level: str = "yes") -> Rating:
    return ratings.submit(rater=rater, assignment_uid=assignment, submission_key=key, answer=Answer(level=level))


def work_until_nothing_is_left(rater: User, opened: RatingSet) -> int:
    done = 0
    while claimed := assignments.claim_next(rater=rater, rating_set=opened):
        answer(rater, claimed.uid, uuid.uuid4())
        done += 1
    return done


def test_64_raters_never_exceed_the_overlap_and_leave_nothing(people: list[User], opened: RatingSet) -> None:
    done = at_once([lambda rater=rater: work_until_nothing_is_left(rater, opened) for rater in people])
    assert sum(done) == ITEMS * OVERLAP
    given = Counter(Rating.objects.filter(counted=True).values_list("rating_item", "rater"))
    assert set(given.values()) == {1}
    assert set(RatingItem.objects.values_list("counted", "claimed")) == {(OVERLAP, 0)}
    assert sum(opened.set_raters.values_list("answered", flat=True)) == ITEMS * OVERLAP


def work_at_the_screen(rater: User, opened: RatingSet) -> int:
    """As the screen does it: a line of claims, and the next one in the transaction of the answer. Two of the raters
    skip every fifth item at first."""
    done, lines, skipped = 0, 0, set[int]()
    while lines < 500 and RatingItem.objects.filter(counted__lt=OVERLAP).exists():
        lines += 1
        claims = assignments.claim_line(rater=rater, rating_set=opened).claims
        while claims:
            head = claims[0]
            if rater.pk % (RATERS // 2) == 0 and head.rating_item_id % 5 == 0 and head.rating_item_id not in skipped:
                skipped.add(head.rating_item_id)
                claims = assignments.skip(rater=rater, assignment_uid=head.uid, token=head.token, reason="later").claims
                continue
            said = {"submission_key": uuid.uuid4(), "answer": Answer(level="yes")}
            _, line = ratings.submit_and_go_on(rater=rater, assignment_uid=head.uid, **said)
            claims, done = line.claims, done + 1
    return done


def test_64_screens_with_items_held_ahead(people: list[User], opened: RatingSet) -> None:
    done = at_once([lambda rater=rater: work_at_the_screen(rater, opened) for rater in people])
    assert sum(done) == ITEMS * OVERLAP
    given = Counter(Rating.objects.filter(counted=True).values_list("rating_item", "rater"))
    assert set(given.values()) == {1}
    assert set(RatingItem.objects.values_list("counted", "claimed")) == {(OVERLAP, 0)}


def test_50_posts_of_one_key_are_one_answer(people: list[User], opened: RatingSet) -> None:
    rater, key = people[0], uuid.uuid4()
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    stored = at_once([lambda: answer(rater, claimed.uid, key).pk for _ in range(50)])
    assert len(set(stored)) == 1
    assert Rating.objects.count() == 1
    assert opened.set_raters.get(user=rater).stored == 1


def test_two_tabs_claim_one_item(people: list[User], opened: RatingSet) -> None:
    rater = people[0]
    claims = at_once([lambda: assignments.claim_next(rater=rater, rating_set=opened) for _ in range(8)])
    assert len({claimed.pk for claimed in claims if claimed}) == 1
    assert sum(RatingItem.objects.values_list("claimed", flat=True)) == 1


def test_closing_waits_for_answers_and_counts_what_came_before(people: list[User], opened: RatingSet) -> None:
    claims = [(rater, assignments.claim_next(rater=rater, rating_set=opened)) for rater in people[:16]]
    jobs: list[Callable[[], object]] = [
        lambda rater=rater, claimed=claimed: answer(rater, claimed.uid, uuid.uuid4()) for rater, claimed in claims
    ]
    at_once([*jobs, lambda: sets.close_rating(rating_set=opened, actor=None)])
    opened.refresh_from_db()
    counted = Counter(Rating.objects.filter(counted=True).values_list("rating_item", flat=True))
    assert Rating.objects.count() == 16
    assert {item.pk: item.counted for item in RatingItem.objects.exclude(counted=0)} == dict(counted)
    assert set(RatingItem.objects.values_list("claimed", flat=True)) == {0}
    gold = {
        label.rating_item_id: sum(label.distribution)
        for item in RatingItem.objects.all()
        for label in item.gold_labels.all()
    }
    assert gold == {item: n for item, n in counted.items() if n > 1}
