"""How fast a set is rated, and when it may be complete."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core.cache import cache
from django.utils import timezone

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import assignments, work
from raters.domain.work import Speed, Work
from raters.models import Rating, RatingSet
from raters.views.words import done_on, foretold, work_left
from tests import factories

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)  # a Friday


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    cache.clear()
    factories.items(corpus, 30)
    return factories.rating_set(factories.definition(corpus), size=30)


def answers(opened: RatingSet, rater: User, *minutes_ago: float, duration_ms: int | None = 6000) -> None:
    """Answers that were given so long before now: their time is set while they are written, for they never change."""
    free = opened.rating_items.exclude(ratings__rater=rater).order_by("pk")
    Rating.objects.bulk_create(
        Rating(
            rating_item=item, rater=rater, level=opened.definition.attribute.levels.first(),
            submission_key=uuid.uuid4(), duration_ms=duration_ms, created_at=NOW - dt.timedelta(minutes=ago),
        )
        for item, ago in zip(free, minutes_ago, strict=False)
    )  # fmt: skip


def test_breaks_are_no_work(opened: RatingSet, rater: User, other_rater: User) -> None:
    answers(opened, rater, 100, 99, 98, 40, 39)  # a break of 58 minutes: after it, and at first, the screen's 6 s count
    answers(opened, other_rater, 10, 8)
    done = work.work(opened, NOW)
    assert done.by_rater[rater.pk] == Speed(5, 192.0)
    assert done.by_rater[rater.pk].an_hour == pytest.approx(93.75)
    assert done.by_rater[other_rater.pk] == Speed(2, 126.0)
    assert done.whole == Speed(7, 318.0)


def test_too_little_work_has_no_speed() -> None:
    assert Speed(3, 59).an_hour is None
    assert Speed(0, 500).an_hour is None


@pytest.mark.parametrize("source", ["imported", "simulated"])
def test_what_nobody_gave_here_took_nobody_time(opened: RatingSet, rater: User, source: str) -> None:
    item = opened.rating_items.first()
    level = opened.definition.attribute.levels.first()
    Rating.objects.create(
        rating_item=item, rater=rater, level=level, submission_key=uuid.uuid4(), source=source, created_at=NOW
    )
    assert work.work(opened, NOW).by_rater == {}


def test_the_last_day_by_the_hour(opened: RatingSet, rater: User) -> None:
    answers(opened, rater, 1, 59, 61, 60 * 23.5, 60 * 24.5)
    hourly = work.work(opened, NOW).hourly
    assert (len(hourly), hourly[-1], hourly[-2], hourly[0], sum(hourly)) == (24, 2, 1, 1, 4)


def done_so_far(days: float, n: int, worked_s: float = 7200) -> Work:
    first = NOW - dt.timedelta(days=days)
    return Work(at=NOW, whole=Speed(n, worked_s), by_rater={}, hourly=[], last_days=n, first_at=first)


def test_an_estimate_rests_on_the_last_week() -> None:
    ahead = work.outlook(done_so_far(days=3, n=150), left=200)
    assert (ahead.a_day, ahead.done_at) == (50, NOW + dt.timedelta(days=4))
    assert done_on(ahead) == "Tuesday 24 November"
    assert foretold(ahead) == "200 answers to go, at the pace of the last 7 days: 50 a day."
    assert work_left(ahead) == "That is 3 hours of work in all."
    older = work.outlook(done_so_far(days=30, n=70), left=100)
    assert older.a_day == 10  # days before the last seven are no measure


@pytest.mark.parametrize(
    ("days", "n", "left", "words"),
    [
        (3, 150, 0, "Every answer is in."),
        (0.5, 150, 200, "is known after a day"),
        (3, 19, 200, "too few are in to tell"),
    ],
)
def test_what_cannot_be_told_is_said_in_words(days: float, n: int, left: int, words: str) -> None:
    ahead = work.outlook(done_so_far(days, n), left)
    assert words in foretold(ahead)
    assert done_on(ahead) == ("" if left else "now")


def test_who_holds_what(opened: RatingSet, rater: User, other_rater: User) -> None:
    assignments.claim_line(rater=rater, rating_set=opened, ahead=2)
    factories.rate(other_rater, opened, "yes")
    held = work.holdings(opened)
    assert {user: holding.n for user, holding in held.items()} == {rater.pk: 3}
    assert held[rater.pk].until is not None
    assert held[rater.pk].until > timezone.now()


def test_items_by_answers(opened: RatingSet, rater: User) -> None:
    for _ in range(4):
        factories.rate(rater, opened, "yes")
    assert work.by_answers(opened) == [(0, 26), (1, 4)]
