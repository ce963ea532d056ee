"""What the raters of a new set have judged before."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from attributes.models import Corpus, Definition
from labelhub.accounts.models import User
from raters.models import Exposure, RatingSet
from raters.queries import earlier
from raters.queries.earlier import Earlier
from tests import factories
from tests.personas import signed_in

NOTICE = "items were judged before"


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 6)
    return factories.definition(corpus)


def drawn(of: Definition, **options: Any) -> RatingSet:
    return factories.rating_set(of, size=6, name="second", opened=False, **options)


def test_items_and_people_are_counted_once(published: Definition, rater: User, other_rater: User) -> None:
    first = factories.rating_set(published, size=6, overlap=2)
    factories.rate_all(rater, first)
    factories.rate(other_rater, first, "no")
    assert earlier.counts(drawn(published)) == Earlier(items=6, n_items=6, raters=2)


def test_only_those_who_may_rate_the_set(published: Definition, rater: User, other_rater: User) -> None:
    first = factories.rating_set(published, size=6, overlap=2)
    factories.rate_all(rater, first)
    assert earlier.counts(drawn(published, raters=[other_rater, rater])).raters == 1
    assert earlier.counts(factories.rating_set(
        published, size=6, name="others", overlap=1, opened=False, raters=[other_rater]
    )) == Earlier(items=0, n_items=6, raters=0)  # fmt: skip


def test_another_attribute_is_another_question(published: Definition, rater: User) -> None:
    other = factories.definition(published.attribute.corpus, factories.ENERGETIC)
    factories.rate_all(rater, factories.rating_set(other, size=6), lambda _: "mild")
    assert earlier.counts(drawn(published)).items == 0


def test_who_has_seen_a_label_is_not_asked_again(published: Definition, rater: User) -> None:
    first = factories.rating_set(published, size=6)
    given = factories.rate_all(rater, first)
    item = given[0].rating_item.item
    Exposure.objects.create(user=rater, item=item, attribute=published.attribute, kind=Exposure.Kind.GOLD)
    assert earlier.counts(drawn(published)) == Earlier(items=5, n_items=6, raters=1)


def test_the_draft_says_so_and_leads_to_the_items(
    published: Definition, rater: User, editor: User, django_assert_num_queries: Any
) -> None:
    client = signed_in(editor)
    draft = drawn(published)
    page, items = (reverse(f"raters:{name}", args=["clips", draft.uid]) for name in ("set", "set_items"))
    assert NOTICE not in client.get(page).content.decode()
    first = factories.rating_set(published, size=6)
    factories.rate(rater, first, "yes")
    assert "1 of 6 items were judged before" in client.get(page).content.decode()
    with django_assert_num_queries(2):
        earlier.counts(draft)
    factories.rate_all(rater, first)
    with django_assert_num_queries(2):
        earlier.counts(draft)
    judged = client.get(items, {"which": "before"}).content.decode()
    listed = [row.item.title for row in draft.rating_items.exclude(split="test").select_related("item")]
    assert listed
    assert all(f"{title}</a>" in judged for title in listed)
