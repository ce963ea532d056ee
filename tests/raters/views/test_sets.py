"""The list of golden sets, and the life of one."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from attributes.models import AuditEvent, Corpus, Definition, Job
from labelhub.accounts.models import User
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in, statuses

LIST = "/c/clips/golden-sets/"


@pytest.fixture(autouse=True)
def no_figures_kept(db: None) -> None:
    cache.clear()


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 12, language="en")
    return factories.definition(corpus)


def test_the_doors_of_the_list(published: Definition, owner: User, analyst: User, rater: User, stranger: User) -> None:
    assert statuses(LIST, owner=owner, analyst=analyst, rater=rater, stranger=stranger) == {
        "owner": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(owner).post(LIST).status_code == 405


def test_the_list_without_sets(corpus: Corpus, editor: User, analyst: User) -> None:
    assert "Draw the first one" in signed_in(editor).get(LIST).content.decode()
    assert "Draw the first one" not in signed_in(analyst).get(LIST).content.decode()


def test_the_list_says_how_each_stands(corpus: Corpus, analyst: User) -> None:
    factories.closed_set(corpus, {f"i{i:03}": "yn"[i % 2] * 2 for i in range(20)})
    page = signed_in(analyst).get(LIST).content.decode()
    assert "1 set, 1 waiting for adjudication." in page
    assert "40 of 40" in page
    golden = RatingSet.objects.get()
    cell = signed_in(analyst).get(reverse("raters:set_alpha", args=["clips", golden.uid])).content.decode()
    assert ("1.000" in cell, "n&#8239;18" in cell) == (True, True)
    assert "so far" not in cell + page
    assert "1.000" in signed_in(analyst).get(LIST).content.decode()  # kept: no second request


def test_the_list_asks_as_often_for_three_as_for_one(
    published: Definition, analyst: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(analyst)
    factories.rating_set(published, size=2, name="a")
    client.get(LIST)
    with django_assert_num_queries(9):
        client.get(LIST)
    for name in "bc":
        factories.rating_set(published, size=2, name=name)
    with django_assert_num_queries(9 + 2 * 3):  # what the key of a row's figures counts, and the cache
        client.get(LIST)


STEPS = {"open": "open", "close": "adjudicating", "reopen": "open"}


def step(person: User, golden: RatingSet, name: str) -> Any:
    return signed_in(person).post(reverse(f"raters:set_{name}", args=["clips", golden.uid]), follow=True)


def test_the_doors_of_the_steps(
    published: Definition, editor: User, analyst: User, rater: User, stranger: User, owner: User
) -> None:
    golden = factories.rating_set(published, size=4, opened=False)
    for name in ("open", "discard", "close", "reopen", "freeze", "unseal"):
        url = reverse(f"raters:set_{name}", args=["clips", golden.uid])
        assert statuses(url, "post", analyst=analyst, rater=rater, stranger=stranger) == {
            "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302,
        }  # fmt: skip
        assert signed_in(owner).get(url).status_code == 405
    assert statuses(url, "post", editor=editor)["editor"] == 403  # only owners unseal
    golden.refresh_from_db()
    assert (golden.state, golden.unsealed_at) == ("draft", None)


def test_a_step_out_of_order_changes_nothing_and_says_so(published: Definition, editor: User) -> None:
    golden = factories.rating_set(published, size=4, opened=False)
    page = step(editor, golden, "freeze").content.decode()
    assert "Nothing was changed: Golden set is draft." in page


def test_a_draft_is_discarded_after_a_question(published: Definition, editor: User, analyst: User) -> None:
    golden = factories.rating_set(published, size=4, opened=False)
    url = reverse("raters:set", args=["clips", golden.uid])
    asked = "Discard this draft?"
    assert asked in signed_in(editor).get(url).content.decode()
    assert asked not in signed_in(analyst).get(url).content.decode()
    assert "The draft Golden set is discarded." in step(editor, golden, "discard").content.decode()
    assert signed_in(editor).get(url).status_code == 404
    opened = factories.rating_set(published, size=4)
    assert "Nothing was changed: Golden set is open" in step(editor, opened, "discard").content.decode()


def test_from_draft_to_frozen(corpus: Corpus, published: Definition, editor: User, owner: User) -> None:
    golden = factories.rating_set(published, size=4, opened=False)
    assert "12; nobody has been asked yet." in step(editor, golden, "reopen").content.decode()
    assert "raters find it in their queues" in step(editor, golden, "open").content.decode()
    for person in factories.raters(corpus, 2):
        factories.rate_all(person, golden)
    assert "and gold derived" in step(editor, golden, "close").content.decode()
    assert (
        "Freeze for good?" in signed_in(editor).get(reverse("raters:set", args=["clips", golden.uid])).content.decode()
    )
    frozen = step(editor, golden, "freeze")
    assert Job.objects.get().kind == "refresh_reports"  # reports show the set's figures without being asked
    golden.refresh_from_db()
    assert (golden.state, golden.frozen_by) == ("frozen", editor)
    assert f"hash {golden.content_hash[:12]}" in frozen.content.decode()
    step(owner, golden, "unseal")
    golden.refresh_from_db()
    assert golden.unsealed_at is not None
    assert AuditEvent.objects.filter(verb="test_unsealed", actor=owner).exists()
