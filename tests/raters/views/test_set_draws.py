"""How a set was drawn, more items for it, and those without gold."""

from __future__ import annotations

import pytest
from django.urls import reverse

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import exclusions
from raters.models import RatingSet
from raters.sampling import Shares
from tests import factories
from tests.personas import signed_in, statuses


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 20)
    return factories.rating_set(factories.definition(corpus), size=8)


def url(name: str, of: RatingSet) -> str:
    return reverse(f"raters:{name}", args=["clips", of.uid])


def test_the_doors(opened: RatingSet, editor: User, analyst: User, rater: User, stranger: User) -> None:
    people = {"editor": editor, "analyst": analyst, "rater": rater, "stranger": stranger}
    for name in ("set_design", "set_without_gold"):
        assert statuses(url(name, opened), **people) == {
            "editor": 200, "analyst": 200, "rater": 403, "stranger": 404, "anonymous": 302,
        }  # fmt: skip
    assert statuses(url("set_top_up", opened), "post", **people) == {
        "editor": 422, "analyst": 403, "rater": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(editor).get(url("set_top_up", opened)).status_code == 405


def test_more_items_are_drawn(opened: RatingSet, editor: User, analyst: User) -> None:
    page = signed_in(editor).get(url("set_design", opened)).content.decode()
    assert "of 12 that are not in the set, at random." in page
    assert "Draw more" not in signed_in(analyst).get(url("set_design", opened)).content.decode()
    done = signed_in(editor).post(url("set_top_up", opened), {"size": 5}, follow=True).content.decode()
    assert "5 more items are drawn into Golden set." in done
    assert ("0.6500" in done, "A chance is that of coming by any of them." in done) == (True, True)


def test_what_cannot_be_drawn_is_said_at_the_field(opened: RatingSet, editor: User) -> None:
    response = signed_in(editor).post(url("set_top_up", opened), {"size": 13})
    assert response.status_code == 422
    assert "cannot draw 13 of the 12 items that are not in the set yet" in response.content.decode()
    assert opened.rating_items.count() == 8


def test_a_closed_set_takes_no_more(corpus: Corpus, editor: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    factories.items_more(corpus, ["z"])
    assert "Draw more" not in signed_in(editor).get(url("set_design", closed)).content.decode()
    said = signed_in(editor).post(url("set_top_up", closed), {"size": 1}, follow=True).content.decode()
    assert "Nothing was changed: Golden set is adjudicating" in said


def test_items_without_gold_are_counted_and_bounded(corpus: Corpus, owner: User) -> None:
    votes = {"i000": "yy", "i001": "yn", "i002": "y?", "i003": "nn"} | {f"i{i:03}": "yy" for i in range(4, 20)}
    closed = factories.closed_set(corpus, votes, shares=Shares(0, 1, 0))
    left = closed.rating_items.get(item__external_id="i004")
    exclusions.leave_out(rating_item=left, reason="not a video", actor=owner)
    page = " ".join(signed_in(owner).get(url("set_without_gold", closed)).content.decode().split())
    assert "3 of 20 items of dev and test." in page
    for words in ("left out by the owner", "tied, not decided yet", "whose raters can't tell".replace("'", "&#x27;")):
        assert words in page
    assert "not rated enough" not in page
    assert "94 %" in page  # 16 of 17
    assert "80 % to 95 %" in page  # 16 to 19 of 20
    assert reverse("raters:set_without_gold", args=["clips", closed.uid]) in (
        signed_in(owner).get(url("set", closed)).content.decode()
    )


def test_nothing_is_said_where_every_item_has_gold(corpus: Corpus, analyst: User) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": "yy" for i in range(4)})
    assert signed_in(analyst).get(url("set_without_gold", closed)).content.decode().strip() == ""
