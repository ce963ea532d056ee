from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import attempts, qualifications, sets
from raters.domain.keyed import Source
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in, statuses

BUTTON = "Ask for another attempt"


@pytest.fixture
def lesson(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 3)
    source = Source(lines="i000, yes\ni001, no")
    made = qualifications.create(definition=factories.definition(corpus), name="Lesson", source=source, pass_mark=1)
    return sets.open_for_rating(rating_set=made, actor=None)


def url(name: str, rating_set: RatingSet | None = None) -> str:
    return reverse(f"raters:{name}", args=["clips", *([rating_set.uid] if rating_set else [])])


def test_doors(lesson: RatingSet, owner: User, rater: User, stranger: User) -> None:
    ask = url("attempt_ask", lesson)
    assert statuses(ask, "post", rater=rater, owner=owner, stranger=stranger) == {
        "rater": 302, "owner": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(rater).get(ask).status_code == 405


def test_no_other_attempt_at_a_golden_set(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 2)
    golden = factories.rating_set(factories.definition(corpus), size=2)
    assert signed_in(rater).post(url("attempt_ask", golden)).status_code == 404


def test_asked_from_the_queue_and_seen_beside_the_result(lesson: RatingSet, rater: User, editor: User) -> None:
    client = signed_in(rater)
    assert BUTTON not in client.get(url("queue")).content.decode()
    factories.rate_all(rater, lesson)
    assert BUTTON in client.get(url("queue")).content.decode()
    assert "ask for another attempt" not in signed_in(editor).get(url("sets")).content.decode()
    page = client.post(url("attempt_ask", lesson), follow=True).content.decode()
    assert ("You have asked." in page, "You asked for another attempt on" in page, BUTTON in page) == (
        True,
        True,
        False,
    )
    page = signed_in(editor).get(url("set_quality", lesson)).content.decode()
    assert ("1 rater asks for another attempt:" in page, "asks again since" in page) == (True, True)
    assert "asks for another attempt" in signed_in(editor).get(url("sets")).content.decode()


def test_asking_too_early_is_refused_in_words(lesson: RatingSet, rater: User) -> None:
    page = signed_in(rater).post(url("attempt_ask", lesson), follow=True).content.decode()
    assert "Nothing was asked: your attempt at Lesson has not ended." in page


def test_the_screen_offers_it_after_the_last_answer_and_at_the_end(lesson: RatingSet, rater: User) -> None:
    client = signed_in(rater)
    factories.rate(rater, lesson, "yes")  # one of the two is right, whichever comes first
    claimed = client.post(url("rate_claim", lesson)).json()["items"][0]
    answer = {"assignment": claimed["assignment"], "token": claimed["token"], "submission_key": str(uuid.uuid4())}
    said = client.post(url("rate_submit", lesson), {**answer, "answer": "level", "level": "yes"}).json()
    assert BUTTON in said["feedback"]["html"]
    end = client.post(url("rate_claim", lesson)).json()["end"]["html"]
    assert (BUTTON in end, "csrfmiddlewaretoken" in end) == (True, True)
    attempts.ask_again(rater=rater, rating_set=lesson)
    assert "You asked for another attempt on" in client.post(url("rate_claim", lesson)).json()["end"]["html"]
