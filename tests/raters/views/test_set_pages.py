"""The tabs of a golden set."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import imports, sets
from raters.models import Flag, RatingItem, RatingSet
from tests import factories
from tests.personas import signed_in, statuses

TABS = ("set", "set_items", "set_agreement", "set_figures", "set_alpha", "set_design")


@pytest.fixture(autouse=True)
def no_figures_kept(db: None) -> None:
    cache.clear()


@pytest.fixture
def closed(corpus: Corpus) -> RatingSet:
    return factories.closed_set(corpus, {f"i{i:03}": ["yy", "nn", "yn", "y?"][i % 4] for i in range(20)})


def get(person: User, golden: RatingSet, tab: str, query: str = "") -> str:
    response = signed_in(person).get(reverse(f"raters:{tab}", args=["clips", golden.uid]) + query)
    assert response.status_code == 200
    return response.content.decode()


def test_doors(closed: RatingSet, owner: User, analyst: User, rater: User, stranger: User) -> None:
    for tab in TABS:
        url = reverse(f"raters:{tab}", args=["clips", closed.uid])
        assert statuses(url, owner=owner, analyst=analyst, rater=rater, stranger=stranger) == {
            "owner": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302,
        }  # fmt: skip
        assert signed_in(owner).post(url).status_code == 405


def test_a_set_of_another_corpus_is_not_here(closed: RatingSet, stranger: User) -> None:
    assert signed_in(stranger).get(f"/c/elsewhere/golden-sets/{closed.uid}/").status_code == 404


def test_the_state_in_words(closed: RatingSet, analyst: User, editor: User) -> None:
    page = get(analyst, closed, "set")
    assert "Rating is closed: 10 of 20 items have a level; 5 items are tied and wait for a decision." in page
    assert "5 items are short of two labels and will stay without gold" in page
    assert ("Adjudicate 5" in page, "Adjudicate 5" in get(editor, closed, "set")) == (False, True)


def test_progress_by_rater(closed: RatingSet, analyst: User) -> None:
    page = get(analyst, closed, "set")
    assert ("rater0" in page, "25.0\u202f%" in page) == (True, True)  # rater1 can't tell one in four
    assert "n/a" in page  # no durations


def test_a_rater_who_is_very_fast_is_marked(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 6)
    opened = factories.rating_set(factories.definition(corpus), size=6, overlap=3)
    for person, pace in zip(factories.raters(corpus, 3), (9000, 9500, 900), strict=True):
        for _ in range(6):
            factories.rate(person, opened, "yes", duration_ms=pace)
    page = get(analyst, opened, "set")
    assert page.count("Very fast") == 1
    assert ("9.0 s" in page, "0.9 s" in page) == (True, True)


def test_flags_of_a_sealed_test_are_counted_but_not_listed(closed: RatingSet, editor: User, rater: User) -> None:
    test, dev = (closed.rating_items.filter(split=split).first() for split in ("test", "dev"))
    assert test is not None
    assert dev is not None
    flags = [Flag.objects.create(rating_item=row, rater=rater, note=row.split) for row in (test, dev)]
    page = get(editor, closed, "set")
    assert (dev.item.title in page, test.item.title in page) == (True, False)
    assert "1 of 2 are listed" in page
    urls = [reverse("raters:flag_resolve", args=["clips", closed.uid, raised.pk]) for raised in flags]
    assert [signed_in(editor).post(url).status_code for url in urls] == [404, 302]
    assert get(editor, closed, "set").count("Seen to") == 0


def test_resolving_is_for_editors(closed: RatingSet, analyst: User, rater: User, stranger: User) -> None:
    dev = closed.rating_items.filter(split="dev").first()
    raised = Flag.objects.create(rating_item=dev, rater=rater)
    url = reverse("raters:flag_resolve", args=["clips", closed.uid, raised.pk])
    assert statuses(url, "post", analyst=analyst, rater=rater, stranger=stranger) == {
        "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip


def test_sealed_items_are_never_listed(closed: RatingSet, owner: User) -> None:
    sealed = {row.item.external_id for row in closed.rating_items.filter(split="test").select_related("item")}
    assert len(sealed) == 8
    for query in ("", "?which=tied", "?which=missing", "?which=flagged", "?which=nonsense"):
        page = get(owner, closed, "set_items", query)
        assert [key for key in sealed if f"<small>{key}</small>" in page] == []
    assert "8 test items are not listed" in get(owner, closed, "set_items")
    sets.unseal(rating_set=closed, actor=owner)
    page = get(owner, closed, "set_items")
    assert [key for key in sealed if f"<small>{key}</small>" not in page] == []


def test_the_items_page_names_no_label(closed: RatingSet, analyst: User) -> None:
    """To see what others said is an exposure: this page is no way around it."""
    page = get(analyst, closed, "set_items")
    rows = page[page.index("<tbody>") :]
    assert ("Unanimous" in rows, "Tie" in rows) == (True, True)
    assert (">Yes<" in rows, ">No<" in rows) == (False, False)


def test_items_are_filtered_and_paged(corpus: Corpus, analyst: User, rater: User) -> None:
    factories.items(corpus, 60)
    opened = factories.rating_set(factories.definition(corpus), size=60)
    RatingItem.objects.filter(pk__in=opened.rating_items.exclude(split="test")[:2]).update(counted=2)
    assert get(analyst, opened, "set_items", "?which=missing").count("row-link") == 34
    sets.unseal(rating_set=opened, actor=rater)
    first = get(analyst, opened, "set_items")
    assert (first.count("row-link"), "1–50 of 60" in first) == (50, True)
    assert get(analyst, opened, "set_items", "?page=2").count("row-link") == 10


def test_figures(closed: RatingSet, analyst: User) -> None:
    for query in ("", "?split=dev", "?split=test", "?split=nonsense"):
        page = get(analyst, closed, "set_figures", query)
        assert "Krippendorff&#x27;s alpha (nominal)" in page
        assert "Prevalence" in page
    tiles = get(analyst, closed, "set_figures", "?as=tiles")
    assert "Percent agreement" in tiles
    assert "can't tell" in tiles


def test_figures_say_which_splits_they_cover_and_so_far_only_while_answers_come(
    closed: RatingSet, analyst: User
) -> None:
    tiles = get(analyst, closed, "set_figures", "?as=tiles")
    assert "dev and test items with two labels" in tiles
    assert "These figures are over dev and test together. A report looks at one split" in tiles
    assert "These figures are over dev alone" in get(analyst, closed, "set_figures", "?split=dev")
    assert "so far" not in tiles + get(analyst, closed, "set") + get(analyst, closed, "set_figures")
    opened = factories.rating_set(closed.definition, size=20, name="Open", overlap=2)
    assert "so far" in get(analyst, opened, "set_figures", "?as=tiles")


def test_figures_without_ratings_say_why(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 4)
    opened = factories.rating_set(factories.definition(corpus), size=4)
    assert "no ratings" in get(analyst, opened, "set_figures", "?as=tiles")
    assert "n/a: no labels" in get(analyst, opened, "set_figures")


def test_figures_are_kept_until_an_answer_comes(
    corpus: Corpus, analyst: User, django_assert_max_num_queries: Any
) -> None:
    factories.items(corpus, 12)
    opened = factories.rating_set(factories.definition(corpus), size=12)
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    before = get(analyst, opened, "set_figures")
    client = signed_in(analyst)
    with django_assert_max_num_queries(8):
        client.get(reverse("raters:set_figures", args=["clips", opened.uid]))
    factories.rate_all(second, opened)
    assert get(analyst, opened, "set_figures") != before


def test_the_design_page(closed: RatingSet, analyst: User) -> None:
    page = get(analyst, closed, "set_design")
    assert "At random: 20 of 20 items, each with the same chance." in page
    assert "everybody with the rater role" in page
    assert "1.0000" in page


def test_an_imported_set(corpus: Corpus, analyst: User, tmp_path: Any) -> None:
    factories.items(corpus, 2)
    published = factories.definition(corpus)
    path = tmp_path / "outside.csv"
    path.write_text("item_id,rater_id,label\ni000,a,yes\ni000,b,no\ni001,a,yes\ni001,b,yes\n")
    golden = imports.import_ratings(attribute=published.attribute, path=path).rating_set
    assert "1 of 2 items has a level; 1 item is tied and stays without." in get(analyst, golden, "set")
    assert "Imported from outside.csv" in get(analyst, golden, "set_design")
    assert "unknown: figures for this set only" in get(analyst, golden, "set_design")


@pytest.mark.parametrize("tab", ["set", "set_items"])
def test_queries_do_not_grow(corpus: Corpus, analyst: User, tab: str) -> None:
    factories.items(corpus, 30)
    of = factories.definition(corpus)
    client = signed_in(analyst)
    counts = []
    for n, people in ((3, factories.raters(corpus, 3)[:1]), (30, User.objects.filter(email__startswith="rater")[:3])):
        opened = factories.rating_set(of, size=n, overlap=3, name=f"of {n}")
        for person in people:
            factories.rate_all(person, opened)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"raters:{tab}", args=["clips", opened.uid]))
        counts.append(len(queries))
    assert counts[0] == counts[1]
