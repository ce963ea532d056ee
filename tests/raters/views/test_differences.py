from __future__ import annotations

import pytest
from django.urls import reverse

from attributes.models import Corpus, Media
from labelhub.accounts.models import User
from raters.domain import gold
from raters.models import Exposure, GoldLabel, RatingSet
from tests import factories
from tests.personas import signed_in, statuses


@pytest.fixture
def frozen(corpus: Corpus) -> RatingSet:
    votes = {f"i{i:03}": "nyy" if i % 2 else "yyy" for i in range(20)}
    closed = factories.closed_set(corpus, votes, size=20)
    GoldLabel.objects.filter(source="majority").update(reason_tag="rater_slip", note="<i>slow all along</i>")
    return gold.freeze(rating_set=closed, actor=None)


def url(rating_set: RatingSet, name: str = "differences") -> str:
    return reverse(f"raters:{name}", args=["clips", rating_set.uid])


def test_doors(frozen: RatingSet, owner: User, stranger: User, rater: User) -> None:
    mine = User.objects.get(email="rater0@example.com")
    assert statuses(url(frozen), mine=mine, rater=rater, owner=owner, stranger=stranger) == {
        "mine": 200, "rater": 404, "owner": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(mine).post(url(frozen)).status_code == 405
    assert statuses(url(frozen, "differences_open"), "post", mine=mine, owner=owner, stranger=stranger) == {
        "mine": 302, "owner": 403, "stranger": 404, "anonymous": 302,
    }  # fmt: skip
    assert signed_in(mine).get(url(frozen, "differences_open")).status_code == 405


def test_an_open_set_has_no_such_page(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 2)
    opened = factories.rating_set(factories.definition(corpus), size=2)
    factories.rate(rater, opened, "yes")
    assert statuses(url(opened), rater=rater)["rater"] == 404
    assert statuses(url(opened, "differences_open"), "post", rater=rater)["rater"] == 404


def test_shown_only_after_asking_which_is_recorded(frozen: RatingSet) -> None:
    client = signed_in(User.objects.get(email="rater0@example.com"))
    page = client.get(url(frozen)).content.decode()
    assert "10 of your 20 answers are the set" in page
    assert ("Seeing these labels is recorded" in page, "You said" in page) == (True, False)
    assert not Exposure.objects.exists()
    page = client.post(url(frozen, "differences_open"), follow=True).content.decode()
    assert ("Seeing these labels is recorded" in page, "You said" in page) == (False, True)
    assert "majority, rater slip" in page
    assert "&lt;i&gt;slow all along&lt;/i&gt;" in page


def test_no_page_names_a_sealed_item(frozen: RatingSet) -> None:
    client = signed_in(User.objects.get(email="rater0@example.com"))
    client.post(url(frozen, "differences_open"))
    page = client.get(url(frozen)).content.decode()
    for row in frozen.rating_items.filter(split="test").select_related("item"):
        assert f"{row.item.title}<" not in page
    assert "on test items, which are never listed" in page


def test_who_differs_nowhere_is_told_so(frozen: RatingSet) -> None:
    page = signed_in(User.objects.get(email="rater1@example.com")).get(url(frozen)).content.decode()
    assert "Nothing to show" in page


def test_the_video_has_the_rating_screens_player(frozen: RatingSet) -> None:
    for row in frozen.rating_items.all():
        Media.objects.create(item_id=row.item_id, sha256="0" * 64, path="x.mp4")
    client = signed_in(User.objects.get(email="rater0@example.com"))
    page = client.post(url(frozen, "differences_open"), follow=True).content.decode()
    shown = page.count("<video")
    assert shown > 0
    assert page.count('data-player="play"') == shown
    assert (" controls" in page, 'data-player="evidence"' in page, "skip-broken" in page) == (False, False, False)
