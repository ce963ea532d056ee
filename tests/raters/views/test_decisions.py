"""What was adjudicated, as a list."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import gold, sets
from raters.models import Exposure, RatingSet
from tests import factories
from tests.personas import signed_in, statuses

RECORDED = "Seeing these labels is recorded"


@pytest.fixture
def closed(corpus: Corpus) -> RatingSet:
    """Twenty ties, some of them of the sealed test."""
    return factories.closed_set(corpus, {f"i{i:03}": "yn" for i in range(20)})


def url(rating_set: RatingSet, name: str = "decisions") -> str:
    return reverse(f"raters:{name}", args=["clips", rating_set.uid])


def decide(rating_set: RatingSet, by: User, n: int, *, split: str = "dev", **said: Any) -> None:
    tied = rating_set.rating_items.filter(split=split, gold_labels__source="tie", gold_labels__superseded_at=None)
    for row in tied.order_by("pk")[:n]:
        gold.adjudicate(rating_item=row, adjudicator=by, **({"level_key": "yes"} | said))


def test_doors(closed: RatingSet, owner: User, analyst: User, rater: User, stranger: User) -> None:
    people = {"owner": owner, "analyst": analyst, "rater": rater, "stranger": stranger}
    doors = {"rater": 403, "stranger": 404, "anonymous": 302}
    assert statuses(url(closed), **people) == {"owner": 200, "analyst": 200, **doors}
    opening = url(closed, "decisions_open")
    assert statuses(opening, "post", **people) == {"owner": 302, "analyst": 302, **doors}
    assert signed_in(owner).get(opening).status_code == 405
    assert signed_in(owner).post(url(closed)).status_code == 405


def test_the_labels_are_shown_once_their_seeing_is_recorded(closed: RatingSet, editor: User, owner: User) -> None:
    decide(closed, editor, 2, reason_tag="bad_media", note="<b>black</b> from the start")
    decide(closed, editor, 1, level_key=None)
    client = signed_in(owner)
    page = client.get(url(closed)).content.decode()
    assert (RECORDED in page, "black" in page, Exposure.objects.filter(user=owner).exists()) == (True, False, False)
    page = client.post(url(closed, "decisions_open"), follow=True).content.decode()
    assert RECORDED not in page
    assert page.count("&lt;b&gt;black&lt;/b&gt; from the start") == 2
    assert (page.count("Undecidable"), page.count("Decide again")) == (1, 3)
    assert Exposure.objects.filter(user=owner, kind="gold").count() == 3
    decide(closed, editor, 1)
    assert RECORDED in client.get(url(closed)).content.decode()  # one more than was seen


def test_who_decided_knows_already(closed: RatingSet, editor: User) -> None:
    decide(closed, editor, 1)
    assert "Decide again" in signed_in(editor).get(url(closed)).content.decode()


def test_by_reason(closed: RatingSet, editor: User) -> None:
    decide(closed, editor, 2, reason_tag="ambiguous")
    decide(closed, editor, 1, note="plain")
    client = signed_in(editor)
    page = client.get(url(closed)).content.decode()
    assert ("All 3" in page, "Truly ambiguous 2" in page) == (True, True)
    page = client.get(url(closed), {"reason": "ambiguous"}).content.decode()
    assert ("All 3" in page, page.count("Decide again"), "plain" in page) == (True, 2, False)


def test_the_sealed_test_is_counted_and_never_listed(closed: RatingSet, editor: User) -> None:
    decide(closed, editor, 1)
    decide(closed, editor, 2, split="test")
    page = signed_in(editor).get(url(closed)).content.decode()
    assert "3 items decided by a person. 2 of them are of the sealed test and never listed" in page
    assert page.count("Decide again") == 1
    unsealed = sets.unseal(rating_set=closed, actor=editor)
    assert signed_in(editor).get(url(unsealed)).content.decode().count("Decide again") == 3


def test_a_machine_label_seen_is_said(closed: RatingSet, editor: User) -> None:
    row = closed.rating_items.filter(split="dev").order_by("pk").first()
    assert row is not None
    Exposure.objects.create(user=editor, item=row.item, attribute=closed.definition.attribute, kind="machine")
    decide(closed, editor, 1)
    assert "</svg>Yes</span>" in signed_in(editor).get(url(closed)).content.decode()


def test_a_frozen_set_is_not_decided_again(closed: RatingSet, editor: User) -> None:
    for split in ("dev", "test", "shots"):
        decide(closed, editor, 20, split=split)
    frozen = gold.freeze(rating_set=closed, actor=None)
    page = signed_in(editor).get(url(frozen)).content.decode()
    assert ("Decide again" in page, "row-link" in page) == (False, True)


def test_both_counts_lead_to_it(closed: RatingSet, editor: User) -> None:
    decide(closed, editor, 1)
    client = signed_in(editor)
    link = f'href="{url(closed)}"'
    assert link in client.get(url(closed, "set")).content.decode()
    assert link in client.post(url(closed, "adjudicate_case"), headers={"HX-Request": "true"}).content.decode()


def test_as_many_queries_for_three_as_for_one(closed: RatingSet, editor: User, django_assert_num_queries: Any) -> None:
    client = signed_in(editor)
    decide(closed, editor, 1)
    client.get(url(closed))
    with CaptureQueriesContext(connection) as asked:
        client.get(url(closed))
    decide(closed, editor, 2)
    with django_assert_num_queries(len(asked)):
        client.get(url(closed))
