"""The tabs of a golden set."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import assignments, figures, gold, imports, seats, sets
from raters.models import Assignment, Exposure, Flag, RatingItem, RatingSet
from tests import factories
from tests.personas import signed_in, statuses

TABS = (
    "set", "set_items", "set_agreement", "set_figures", "set_alpha", "set_design", "set_pace", "set_raters",
    "set_raters_table",
)  # fmt: skip


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
    page = get(analyst, closed, "set_raters")
    assert ("rater0" in page, "25.0\u202f%" in page) == (True, True)  # rater1 can't tell one in four
    assert "n/a" in page  # no durations


def test_a_rater_who_is_very_fast_is_marked(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 6)
    opened = factories.rating_set(factories.definition(corpus), size=6, overlap=3)
    for person, pace in zip(factories.raters(corpus, 3), (9000, 9500, 900), strict=True):
        for _ in range(6):
            factories.rate(person, opened, "yes", duration_ms=pace)
    page = get(analyst, opened, "set_raters")
    assert page.count(">Very fast<") == 1
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
    with django_assert_max_num_queries(9):
        client.get(reverse("raters:set_figures", args=["clips", opened.uid]))
    factories.rate_all(second, opened)
    assert get(analyst, opened, "set_figures") != before


def test_the_tiles_are_sent_again_only_when_something_has_changed(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 12)
    opened = factories.rating_set(factories.definition(corpus), size=12)
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    client, url = signed_in(analyst), reverse("raters:set_figures", args=["clips", opened.uid]) + "?as=tiles"
    response = client.get(url)
    assert "data-live" in response.content.decode()
    assert client.get(url, headers={"if-none-match": response["ETag"]}).status_code == 304
    factories.rate_all(second, opened)
    figures_of_now = client.get(url, headers={"if-none-match": response["ETag"]})
    assert (figures_of_now.status_code, figures_of_now["ETag"] != response["ETag"]) == (200, True)


def test_figures_that_take_long_are_shown_a_while(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    factories.items(corpus, 4)
    opened = factories.rating_set(factories.definition(corpus), size=4)
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    clock = iter([0.0, 3.0, 10.0, 10.1])
    monkeypatch.setattr(figures, "monotonic", lambda: next(clock))
    now = timezone.now()
    before = figures.recent(opened, "all", now)
    factories.rate_all(second, opened)
    assert figures.recent(opened, "all", now + dt.timedelta(seconds=59)) == before
    after = figures.recent(opened, "all", now + dt.timedelta(seconds=61))
    assert (after.report != before.report, after.at) == (True, now + dt.timedelta(seconds=61))


def test_what_waits_for_the_owner_is_listed_with_its_reasons(
    corpus: Corpus, editor: User, analyst: User, rater: User
) -> None:
    factories.items(corpus, 4)
    opened = factories.rating_set(factories.definition(corpus), size=4)
    item = opened.rating_items.get(item__external_id="i002")
    for person in factories.raters(corpus, 3):
        seats.add(rating_set=opened, rater=person, actor=None)
        uid, token = uuid.uuid4(), uuid.uuid4()
        Assignment.objects.create(uid=uid, rating_item=item, rater=person, state="leased", lease_token=token)
        RatingItem.objects.filter(pk=item.pk).update(claimed=1)
        assignments.skip(rater=person, assignment_uid=uid, token=token, reason="black screen")
    waiting = opened.rating_items.get(item__external_id="i002")
    assert waiting.asked_at is not None
    page = get(editor, opened, "set")
    assert "1 item held back until you decide" in page
    assert page.count("black screen") == 3
    assert "black screen" not in get(analyst, opened, "set")
    url = reverse("raters:item_give_out", args=["clips", opened.uid, waiting.pk])
    assert signed_in(editor).post(url).status_code == 302
    waiting.refresh_from_db()
    assert waiting.asked_at is None
    assert "held back until you decide" not in get(editor, opened, "set")


def test_an_item_is_left_out_and_taken_in_again(closed: RatingSet, editor: User, analyst: User, stranger: User) -> None:
    item = closed.rating_items.filter(split="dev").first()
    assert item is not None
    before = get(analyst, closed, "set_figures", "?as=tiles")
    url = reverse("raters:item_leave_out", args=["clips", closed.uid, item.pk])
    assert statuses(url, editor=editor, analyst=analyst, stranger=stranger) == {
        "editor": 200, "analyst": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    client = signed_in(editor)
    asked = client.get(url).content.decode()
    assert "Its 2 answers are kept." in asked
    assert "19 of 20 items would be left" in asked
    assert client.post(url, {"reason": " "}).status_code == 422
    assert client.post(url, {"reason": "the file is broken"}).status_code == 302
    assert "the file is broken" in get(analyst, closed, "set_items", "?which=out")
    assert "1 <a href" in get(analyst, closed, "set")
    assert get(analyst, closed, "set_figures", "?as=tiles") != before
    url = reverse("raters:item_take_in", args=["clips", closed.uid, item.pk])
    assert client.get(url).status_code == 405
    assert client.post(url, {"back": "items"}).headers["Location"].endswith("/items/")
    item.refresh_from_db()
    assert item.exclude_reason == ""


def test_a_sealed_item_is_not_left_out_by_its_number(closed: RatingSet, editor: User) -> None:
    sealed = closed.rating_items.filter(split="test").first()
    assert sealed is not None
    url = reverse("raters:item_leave_out", args=["clips", closed.uid, sealed.pk])
    assert signed_in(editor).get(url).status_code == 404
    RatingItem.objects.filter(pk=sealed.pk).update(asked_at=timezone.now())
    assert signed_in(editor).get(url).status_code == 200  # unless it waits for this decision


def test_closing_and_freezing_say_what_is_left_undone(corpus: Corpus, editor: User, rater: User) -> None:
    factories.items(corpus, 6)
    opened = factories.rating_set(factories.definition(corpus), size=6)
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    assert "6 items have fewer answers than were asked for." in get(editor, opened, "set")
    for _ in range(5):
        factories.rate(second, opened, "no")
    seats.add(rating_set=opened, rater=rater, actor=None)
    left = opened.rating_items.get(counted=1)
    RatingItem.objects.filter(pk=left.pk).update(asked_at=timezone.now())
    other = opened.rating_items.exclude(pk=left.pk).first()
    for kind in (Flag.Kind.EXPERT, Flag.Kind.DEFINITION):
        Flag.objects.create(rating_item=other, rater=second, kind=kind, note="?")
    said = [
        "1 item has fewer answers than were asked for.",
        "1 item waits for your decision after three skips.",
        "1 flag for an expert is open.",
        "1 note for the definition is open.",
        "1 rater never began.",
    ]
    page = get(editor, opened, "set")
    assert [line for line in said if f"<li>{line}</li>" not in page] == []
    page = get(editor, sets.close_rating(rating_set=opened, actor=editor), "set")
    assert [line for line in said if f"<li>{line}</li>" not in page] == []
    assert "5 items are tied and must be decided first." in page


def test_nothing_undone_is_said_too(corpus: Corpus, editor: User) -> None:
    factories.items(corpus, 2)
    opened = factories.rating_set(factories.definition(corpus), size=2)
    for person in factories.raters(corpus, 2):
        factories.rate_all(person, opened)
    assert "<li>Every item has all of its answers.</li>" in get(editor, opened, "set")


def test_notes_for_the_definition_are_listed_and_seen_to(closed: RatingSet, editor: User) -> None:
    test, dev = (closed.rating_items.filter(split=split).first() for split in ("test", "dev"))
    for row in (test, dev):
        Flag.objects.create(rating_item=row, rater=editor, kind="definition", note=f"rain on {row.split}")  # type: ignore[union-attr]
    page = get(editor, closed, "set")
    assert ("rain on dev" in page, "rain on test" in page) == (True, False)
    note = Flag.objects.get(note="rain on dev")
    assert (
        signed_in(editor).post(reverse("raters:flag_resolve", args=["clips", closed.uid, note.pk])).status_code == 302
    )
    assert "rain on dev" not in get(editor, closed, "set")


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


@pytest.mark.parametrize("tab", ["set", "set_items", "set_pace", "set_raters", "set_raters_table"])
def test_queries_do_not_grow(corpus: Corpus, analyst: User, tab: str) -> None:
    factories.items(corpus, 30)
    of = factories.definition(corpus)
    client = signed_in(analyst)
    counts = []
    for n, people in ((3, factories.raters(corpus, 3)[:1]), (30, User.objects.filter(email__startswith="rater")[:3])):
        opened = factories.rating_set(of, size=n, overlap=3, name=f"of {n}")
        for person in people:
            factories.rate_all(person, opened)
        for row in opened.rating_items.exclude(split="test")[: n // 3]:
            Flag.objects.create(rating_item=row, rater=people[0], kind=Flag.Kind.DEFINITION, note="unclear")
            RatingItem.objects.filter(pk=row.pk).update(asked_at=timezone.now())
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse(f"raters:{tab}", args=["clips", opened.uid]))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_items_page_says_who_decided_and_what_they_had_seen(closed: RatingSet, analyst: User, editor: User) -> None:
    tied = closed.rating_items.filter(gold_labels__source="tie").exclude(split="test").first()
    assert tied is not None
    gold.expose(user=editor, rating_items=[tied], kind=Exposure.Kind.MACHINE)
    gold.adjudicate(rating_item=tied, level_key="no", adjudicator=editor, reason_tag="ambiguous")
    page = get(analyst, closed, "set_items")
    assert f"by {editor.name}, truly ambiguous" in page
    assert "Had seen a machine&#x27;s label" in page or "Had seen a machine's label" in page
