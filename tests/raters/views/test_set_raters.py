"""Who rates a set: the list, one rater, and what the owner does about them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.domain import assignments, gold, seats
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in, statuses

STEPS = ("rater_change", "rater_pause", "rater_resume", "rater_release", "rater_reassign", "rater_remove")


@pytest.fixture(autouse=True)
def no_figures_kept(db: None) -> None:
    cache.clear()


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 12)
    return factories.rating_set(factories.definition(corpus), size=12)


def url(opened: RatingSet, name: str, *more: Any) -> str:
    return reverse(f"raters:{name}", args=["clips", opened.uid, *more])


def page_of(person: User, opened: RatingSet, name: str, *more: Any) -> str:
    response = signed_in(person).get(url(opened, name, *more))
    assert response.status_code == 200
    return response.content.decode()


def said(client: Client, at: str, **fields: Any) -> str:
    """What the page says after a step."""
    response = client.post(at, fields, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_doors(opened: RatingSet, editor: User, owner: User, analyst: User, rater: User, stranger: User) -> None:
    seats.add(rating_set=opened, rater=rater, actor=None)
    people = {"editor": editor, "owner": owner, "analyst": analyst, "rater": rater, "stranger": stranger}
    reading = {"editor": 200, "owner": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302}
    assert statuses(url(opened, "set_rater", rater.uid), **people) == reading
    doing = {"editor": 302, "owner": 302, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302}
    for name in STEPS[:-1]:
        assert statuses(url(opened, name, rater.uid), "post", **people) == doing
        assert signed_in(owner).get(url(opened, name, rater.uid)).status_code == 405
    for name in ("rater_add", "raters_tell", "raters_restrict"):
        assert statuses(url(opened, name), "post", **people) == doing
    assert statuses(url(opened, "rater_pause", stranger.uid), "post", owner=owner)["owner"] == 404
    analysts = page_of(analyst, opened, "set_rater", rater.uid) + page_of(analyst, opened, "set_raters")
    assert ("Pause" in analysts, "Add a rater" in analysts) == (False, False)


def test_a_rater_is_added(opened: RatingSet, editor: User, rater: User) -> None:
    client = signed_in(editor)
    fields = {"new-rater": rater.uid, "new-quota": "5", "new-cohort": "experts"}
    page = said(client, url(opened, "rater_add"), **fields)
    assert "rater rates this set now." in page
    assert ("of <" in page or "of 5" in page, "experts" in page) == (True, True)
    assert "Nothing was changed" in said(client, url(opened, "rater_add"), **fields)  # listed already
    assert "Nothing was changed" in said(client, url(opened, "rater_add"), **{"new-rater": "nobody"})


def test_a_message_and_who_may_join(corpus: Corpus, opened: RatingSet, editor: User, rater: User) -> None:
    client = signed_in(editor)
    page = said(client, url(opened, "raters_tell"), message="Watch to the <end>.")
    assert ("Watch to the &lt;end&gt;." in page, "<end>" in page) == (True, False)
    assert "0 listed raters cannot give 2" in said(client, url(opened, "raters_restrict"), named="on")
    for person in (rater, factories.member(corpus, Role.RATER)):
        seats.add(rating_set=opened, rater=person, actor=None)
    assert "Only these people may rate it." in said(client, url(opened, "raters_restrict"), named="on")
    assert "Everybody with the rater role may join." in said(client, url(opened, "raters_restrict"))


def test_pause_resume_and_share(opened: RatingSet, editor: User, rater: User) -> None:
    seats.add(rating_set=opened, rater=rater, actor=None)
    client = signed_in(editor)
    assert "Gets no items since" in said(client, url(opened, "rater_pause", rater.uid))
    assert "Gets no items since" not in said(client, url(opened, "rater_resume", rater.uid))
    page = said(client, url(opened, "rater_change", rater.uid), quota="7", cohort="night shift")
    assert ("of a quota of 7" in page, "night shift" in page) == (True, True)
    assert "Nothing was changed: quota" in said(client, url(opened, "rater_change", rater.uid), quota="0")
    assert "no quota" in said(client, url(opened, "rater_change", rater.uid), quota="", cohort="")
    assert "rater is off the list." in said(client, url(opened, "rater_remove", rater.uid))


def test_what_is_held_is_shown_given_back_and_handed_over(
    opened: RatingSet, editor: User, rater: User, other_rater: User
) -> None:
    for person in (rater, other_rater):
        seats.add(rating_set=opened, rater=person, actor=None)
    client = signed_in(editor)
    assert "Nothing is reserved for them." in page_of(editor, opened, "set_rater", rater.uid)
    assignments.claim_line(rater=rater, rating_set=opened, ahead=2)
    page = page_of(editor, opened, "set_rater", rater.uid)
    assert ("3 items" in page, "Reserved until" in page) == (True, True)
    page = said(client, url(opened, "rater_reassign", rater.uid), to=other_rater.uid)
    assert "3 items went to other.rater, who has a day for them." in page
    assert "3 items given back" in said(client, url(opened, "rater_release", other_rater.uid))
    assert "Nothing was held." in said(client, url(opened, "rater_release", other_rater.uid))
    assert "Nothing was changed" in said(client, url(opened, "rater_reassign", rater.uid), to=rater.uid)


def test_agreement_with_the_others_comes_in_a_second_request(corpus: Corpus, opened: RatingSet, analyst: User) -> None:
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    factories.rate_all(second, opened, lambda key: "no" if key in ("i003", "i005") else "yes")
    page = page_of(analyst, opened, "set_raters")
    assert ("computing" in page, 'hx-trigger="load"' in page) == (True, True)
    table = page_of(analyst, opened, "set_raters_table")
    assert ("computing" in table, "hx-get" in table) == (False, False)
    n = sum(1 for row in opened.rating_items.exclude(split="shots"))
    differ = opened.rating_items.exclude(split="shots").filter(item__external_id__in=["i003", "i005"]).count()
    assert table.count(f'<span class="figure-value">{(n - differ) / n:.3f}') == 2
    assert "computing" not in page_of(analyst, opened, "set_raters")  # known now


def test_too_few_is_said_in_words(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 4)
    opened = factories.rating_set(factories.definition(corpus), size=4)
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    alone = page_of(analyst, opened, "set_raters_table")
    assert "none shared with others" in alone
    factories.rate_all(second, opened)
    assert page_of(analyst, opened, "set_raters_table").count("too few") == 2


def test_agreement_inside_a_cohort(corpus: Corpus, analyst: User) -> None:
    factories.items(corpus, 40)
    opened = factories.rating_set(factories.definition(corpus), size=40, overlap=3)
    for i, person in enumerate(factories.raters(corpus, 3)):
        seats.add(rating_set=opened, rater=person, cohort="" if i == 2 else "experts", actor=None)
        factories.rate_all(person, opened, lambda key, i=i: "yes" if i == 2 or int(key[1:]) % 2 else "no")
    table = page_of(analyst, opened, "set_raters_table")
    assert "Inside each cohort" in table
    row = table[table.index("<tbody>", table.index("Inside each cohort")) :]
    assert ("experts" in row, "1.000" in row) == (True, True)


def test_a_frozen_set_has_no_steps(corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    gold.freeze(rating_set=closed, actor=owner)
    first = User.objects.get(email="rater0@example.com")
    page = page_of(owner, closed, "set_raters") + page_of(owner, closed, "set_rater", first.uid)
    assert [word for word in ("Add a rater", "Pause", "Save the message", "Held now") if word in page] == []
    assert "is frozen" in said(signed_in(owner), url(closed, "rater_pause", first.uid))
