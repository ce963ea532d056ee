from __future__ import annotations

from typing import Any

from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import gold, keyed, qualifications, sets
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in, statuses

URL = "/c/clips/rate/"


def test_doors(corpus: Corpus, rater: User, owner: User, stranger: User) -> None:
    assert statuses(URL, rater=rater, owner=owner, stranger=stranger) == {
        "rater": 200, "owner": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(rater).post(URL).status_code == 405


def test_an_empty_queue_says_what_comes(corpus: Corpus, rater: User) -> None:
    page = signed_in(rater).get(URL).content.decode()
    assert "No set is open for rating." in page


def test_what_is_left_in_each_set_and_why_nothing_is(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 4)
    of = factories.definition(corpus)
    done = factories.rating_set(of, size=3, name="first")
    factories.rate_all(rater, done)
    waiting = factories.rating_set(of, size=4, name="second")
    page = signed_in(rater).get(URL).content.decode()
    assert "second is next: 4 items for you." in page
    assert "You have rated everything left for you." in page
    assert reverse("raters:rate", args=["clips", waiting.uid]) in page
    assert reverse("raters:rate", args=["clips", done.uid]) not in page


def test_drafts_and_sets_of_others_are_not_listed(corpus: Corpus, rater: User, other_rater: User) -> None:
    factories.items(corpus, 2)
    of = factories.definition(corpus)
    factories.rating_set(of, size=2, name="draft one", opened=False)
    factories.rating_set(of, size=2, overlap=1, name="for another", raters=[other_rater])
    page = signed_in(rater).get(URL).content.decode()
    assert ("draft one" in page, "for another" in page) == (False, False)


def test_queries_do_not_grow_with_items(corpus: Corpus, rater: User, django_assert_num_queries: Any) -> None:
    factories.items(corpus, 30)
    of = factories.definition(corpus)
    client = signed_in(rater)
    factories.rating_set(of, size=3, name="small")
    with django_assert_num_queries(11):
        client.get(URL)
    factories.rating_set(of, size=30, name="large")
    factories.rating_set(of, size=20, name="middle")
    with django_assert_num_queries(11 + 2):  # what is left of a set is counted for each
        client.get(URL)


def test_a_qualification_is_first_and_named_where_it_is_missing(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 4)
    of = factories.definition(corpus)
    source = keyed.Source(lines="i000, yes\ni001, no")
    lesson = qualifications.create(definition=of, name="Calm course", source=source, pass_mark=1)
    sets.open_for_rating(rating_set=lesson, actor=None)
    barred = factories.rating_set(of, size=2, name="barred")
    RatingSet.objects.filter(pk=barred.pk).update(qualification=lesson, message="Sound on, please.")
    page = signed_in(rater).get(URL).content.decode()
    assert "Calm course is next: 2 items for you." in page
    assert "Pass the qualification" in page
    assert "Sound on, please." in page
    assert page.count(reverse("raters:rate", args=["clips", lesson.uid])) >= 3  # the button, its name, the barred set
    assert reverse("raters:rate", args=["clips", barred.uid]) not in page


def test_finished_sets_lead_to_where_one_differed(corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "yn"})
    gold.seal(closed, None)
    page = signed_in(User.objects.get(email="rater0@example.com")).get(URL).content.decode()
    assert "Finished sets" in page
    assert reverse("raters:differences", args=["clips", closed.uid]) in page
