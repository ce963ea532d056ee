from __future__ import annotations

import pytest

from attributes.models import AuditEvent, Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from raters.domain import attempts, qualifications, sets
from raters.domain.keyed import Source
from raters.models import RatingSet, SetRater
from tests import factories


@pytest.fixture
def lesson(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 3)
    source = Source(lines="i000, yes\ni001, no")
    made = qualifications.create(definition=factories.definition(corpus), name="Lesson", source=source, pass_mark=1)
    return sets.open_for_rating(rating_set=made, actor=None)


def waiting(lesson: RatingSet) -> list[User]:
    return [seat.user for seat in attempts.waiting([lesson]).get(lesson.pk, [])]


def test_who_has_not_passed_asks_once_for_each_attempt(lesson: RatingSet, rater: User, owner: User) -> None:
    factories.rate_all(rater, lesson)
    attempts.ask_again(rater=rater, rating_set=lesson)
    attempts.ask_again(rater=rater, rating_set=lesson)
    event = AuditEvent.objects.get(verb="attempt_asked_for")
    assert (event.actor, event.data["attempt"]) == (rater, 1)
    assert waiting(lesson) == [rater]
    seat = SetRater.objects.get(rating_set=lesson, user=rater)
    qualifications.allow_again(seat=seat, actor=owner)
    assert waiting(lesson) == []  # what was asked for is there
    factories.rate_all(rater, lesson)
    attempts.ask_again(rater=rater, rating_set=lesson)
    assert waiting(lesson) == [rater]


def test_who_waits_longest_comes_first(lesson: RatingSet, rater: User, other_rater: User) -> None:
    for person in (rater, other_rater):
        factories.rate_all(person, lesson)
    for person in (other_rater, rater):
        attempts.ask_again(rater=person, rating_set=lesson)
    assert waiting(lesson) == [other_rater, rater]


def test_whose_attempt_has_not_ended_cannot_ask(lesson: RatingSet, rater: User) -> None:
    with pytest.raises(Refused, match="has not ended"):
        attempts.ask_again(rater=rater, rating_set=lesson)
    factories.rate(rater, lesson, "yes")
    with pytest.raises(Refused, match="has not ended"):
        attempts.ask_again(rater=rater, rating_set=lesson)


def test_who_has_passed_cannot_ask(lesson: RatingSet, rater: User) -> None:
    said = {"i000": "yes", "i001": "no"}
    for given in factories.rate_all(rater, lesson, said.__getitem__):
        qualifications.after_answer(given)
    with pytest.raises(Refused, match="passed"):
        attempts.ask_again(rater=rater, rating_set=lesson)


def test_a_closed_qualification_takes_no_wishes(lesson: RatingSet, rater: User) -> None:
    factories.rate_all(rater, lesson)
    closed = sets.close_rating(rating_set=lesson, actor=None)
    with pytest.raises(Refused, match="closed"):
        attempts.ask_again(rater=rater, rating_set=closed)
