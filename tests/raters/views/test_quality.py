"""The quality page, qualifications and their results, and the form's part for them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attributes.models import Corpus, Definition
from labelhub.accounts.models import User
from raters.domain import gold, keyed, qualifications, sets
from raters.models import Rating, RatingItem, RatingSet, SetRater
from tests import factories
from tests.personas import signed_in, statuses

NEW, NEW_SET = "/c/clips/golden-sets/new-qualification/", "/c/clips/golden-sets/new/"


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 12)
    return factories.definition(corpus)


@pytest.fixture
def lesson(published: Definition) -> RatingSet:
    source = keyed.Source(lines="i000, yes, includes.0\ni001, no")
    made = qualifications.create(definition=published, name="Lesson", source=source, pass_mark=1)
    return sets.open_for_rating(rating_set=made, actor=None)


@pytest.fixture
def golden(published: Definition) -> RatingSet:
    return factories.rating_set(published, size=4, overlap=2)


def url(rating_set: RatingSet, name: str = "set_quality", *more: Any) -> str:
    return reverse(f"raters:{name}", args=["clips", rating_set.uid, *more])


def answer(rater: User, lesson: RatingSet, *levels: str) -> SetRater:
    seat, _ = SetRater.objects.get_or_create(rating_set=lesson, user=rater, defaults={"order_seed": 1})
    for row, key in zip(lesson.rating_items.order_by("item__external_id"), levels, strict=False):
        level = lesson.definition.attribute.levels.get(key=key)
        given = Rating.objects.create(
            rating_item=row, rater=rater, level=level, occasion=seat.attempt, submission_key=uuid.uuid4()
        )
        qualifications.after_answer(given)
    return seat


def test_the_doors_of_the_quality_page(
    golden: RatingSet, owner: User, analyst: User, rater: User, stranger: User
) -> None:
    assert statuses(url(golden), owner=owner, analyst=analyst, rater=rater, stranger=stranger) == {
        "owner": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(owner).post(url(golden)).status_code == 405


def test_undefined_figures_are_said_in_words(golden: RatingSet, analyst: User, rater: User) -> None:
    assert "Nobody has begun" in signed_in(analyst).get(url(golden)).content.decode()
    factories.rate(rater, golden, "yes")
    page = signed_in(analyst).get(url(golden)).content.decode()
    for words in ("none shown yet", "none asked again yet", "not timed", "0 of 1", "This set has none."):
        assert words in page


def test_the_quality_page_names_each_figure_with_n_and_interval(golden: RatingSet, analyst: User, rater: User) -> None:
    factories.rate(rater, golden, "yes", duration_ms=500)
    factories.rate(rater, golden, None, duration_ms=2500)
    page = signed_in(analyst).get(url(golden)).content.decode()
    assert page.count("1 of 2") == 2  # rushed, can't tell
    assert "50\u202f% [9\u202f%, 91\u202f%]" in page
    assert "1.5<small>half of them 1.0–2.0</small>" in page
    assert "Answered in less than 1.0 s" in page


def test_as_many_queries_for_three_raters_as_for_one(
    golden: RatingSet, analyst: User, corpus: Corpus, django_assert_num_queries: Any
) -> None:
    client = signed_in(analyst)
    first, *others = factories.raters(corpus, 3)
    factories.rate(first, golden, "yes")
    client.get(url(golden))
    with CaptureQueriesContext(connection) as asked:
        client.get(url(golden))
    for person in others:
        factories.rate(person, golden, "no")
    with django_assert_num_queries(len(asked)):
        client.get(url(golden))


def test_results_of_a_qualification(lesson: RatingSet, owner: User, rater: User, other_rater: User) -> None:
    client = signed_in(owner)
    assert client.get(url(lesson, "set")).headers["Location"] == url(lesson)
    assert "Nobody has begun" in client.get(url(lesson)).content.decode()
    answer(rater, lesson, "yes", "no")
    answer(other_rater, lesson, "no", "no")
    page = client.get(url(lesson)).content.decode()
    assert ("Passed" in page, "Not passed" in page) == (True, True)
    assert page.count("Allow another attempt") == 1
    assert "Qualification, 2 items: 100% right passes." in page


def test_another_attempt(
    lesson: RatingSet, owner: User, editor: User, analyst: User, rater: User, stranger: User
) -> None:
    seat = answer(rater, lesson, "no", "no")
    allow = url(lesson, "attempt_again", rater.uid)
    assert statuses(allow, "post", analyst=analyst, rater=rater, stranger=stranger) == {
        "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(owner).get(allow).status_code == 405
    assert "rater may try Lesson once more." in signed_in(editor).post(allow, follow=True).content.decode()
    seat.refresh_from_db()
    assert seat.attempt == 2
    assert "still at attempt 2" in signed_in(owner).post(allow, follow=True).content.decode()
    assert signed_in(owner).post(url(lesson, "attempt_again", uuid.uuid4())).status_code == 404


def test_no_other_attempt_in_a_golden_set(golden: RatingSet, owner: User, rater: User) -> None:
    factories.rate(rater, golden, "yes")
    assert signed_in(owner).post(url(golden, "attempt_again", rater.uid)).status_code == 404


def test_a_qualification_closes_and_reopens_but_is_never_frozen(lesson: RatingSet, owner: User) -> None:
    client = signed_in(owner)
    page = client.post(url(lesson, "set_close"), follow=True).content.decode()
    assert "Closed" in page
    assert "freeze-set" not in page
    client.post(url(lesson, "set_freeze"))
    lesson.refresh_from_db()
    assert lesson.state == "adjudicating"
    client.post(url(lesson, "set_reopen"))
    lesson.refresh_from_db()
    assert lesson.state == "open"


def test_the_doors_of_a_new_qualification(published: Definition, editor: User, analyst: User, stranger: User) -> None:
    for method in ("get", "post"):
        found = statuses(NEW, method, editor=editor, analyst=analyst, stranger=stranger)
        editors = 200 if method == "get" else 422
        assert found == {"editor": editors, "analyst": 403, "stranger": 404, "anonymous": 302}


def test_a_new_qualification_from_pasted_lines(published: Definition, editor: User) -> None:
    lines = "i000, yes, includes.0, slow\ni001, no"
    values = {
        "definition": str(published.uid),
        "name": "Course",
        "golden": "",
        "n": 10,
        "lines": lines,
        "pass_mark": 75,
    }
    response = signed_in(editor).post(NEW, values)
    made = RatingSet.objects.get()
    assert response.headers["Location"] == url(made)
    assert (made.name, made.pass_mark, made.purpose, made.created_by) == ("Course", 0.75, "qualification", editor)
    assert made.rating_items.filter(role="teach").count() == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lines": "i000, perhaps"}, "line 1: &#x27;perhaps&#x27; is not a level"),
        ({"lines": ""}, "say which items it teaches with"),
        ({"pass_mark": 0}, "greater than or equal to 1"),
        ({"golden": "00000000-0000-0000-0000-000000000000"}, "Select a valid choice"),
    ],
)
def test_a_bad_qualification_comes_back(
    published: Definition, editor: User, change: dict[str, Any], message: str
) -> None:
    values = {"definition": str(published.uid), "name": "Course", "lines": "i000, yes", "pass_mark": 75} | change
    response = signed_in(editor).post(NEW, values)
    assert (response.status_code, message in response.content.decode()) == (422, True)
    assert not RatingSet.objects.exists()


def test_the_form_names_the_clauses(published: Definition, editor: User) -> None:
    page = signed_in(editor).get(NEW).content.decode()
    assert "<code>includes.1</code>" in page
    assert "soft, even sound" in page


def test_no_qualification_without_a_definition(corpus: Corpus, editor: User) -> None:
    assert "No published definition" in signed_in(editor).get(NEW).content.decode()


def controls(published: Definition, **changes: Any) -> dict[str, Any]:
    return {
        "definition": str(published.uid), "name": "First", "size": 4, "overlap": 2, "method": "uniform",
        "shots": 0, "dev": 60, "test": 40, "rationale_mode": "optional", "confidence_mode": "off", "seed": "7",
    } | changes  # fmt: skip


def test_a_new_set_with_checks_from_a_frozen_one(corpus: Corpus, editor: User) -> None:
    factories.items(corpus, 24)
    votes = {f"i{i:03}": ("yyy", "nnn")[i % 2] for i in range(24)}
    frozen = gold.freeze(rating_set=factories.closed_set(corpus, votes, size=12), actor=None)
    asked = {"check_rate": 10, "check_n": 2, "check_golden": str(frozen.uid), "repeat_rate": 5, "rushed_below_s": "2.5"}
    response = signed_in(editor).post(NEW_SET, controls(frozen.definition, **asked))
    assert response.status_code == 302, response.content.decode()
    made = RatingSet.objects.latest("pk")
    assert (made.check_rate, made.repeat_rate, made.repeat_after_days, made.rushed_below_ms) == (0.1, 0.05, 3, 2500)
    assert made.rating_items.filter(role=RatingItem.Role.CHECK).count() == 2
    page = signed_in(editor).get(url(made, "set_design")).content.decode()
    assert "out of 2 items" in page


def test_a_new_set_asks_for_a_qualification(published: Definition, lesson: RatingSet, editor: User) -> None:
    signed_in(editor).post(NEW_SET, controls(published, qualification=str(lesson.uid)))
    assert RatingSet.objects.latest("pk").qualification == lesson
    assert "First" in signed_in(editor).get(url(lesson)).content.decode()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"check_rate": 10}, "say which items the hidden checks are"),
        ({"check_rate": 60}, "less than or equal to 50"),
        ({"check_rate": 10, "check_lines": "nowhere, yes"}, "line 1: no item"),
        ({"qualification": "00000000-0000-0000-0000-000000000000"}, "Select a valid choice"),
    ],
)
def test_the_quality_part_is_closed_until_something_in_it_is_wrong(
    published: Definition, editor: User, change: dict[str, Any], message: str
) -> None:
    client = signed_in(editor)
    assert '<details class="form-more"><summary>' in client.get(NEW_SET).content.decode()
    response = client.post(NEW_SET, controls(published, **change))
    page = response.content.decode()
    assert (response.status_code, message in page) == (422, True)
    assert '<details class="form-more" open><summary>' in page
    assert not RatingSet.objects.exists()
