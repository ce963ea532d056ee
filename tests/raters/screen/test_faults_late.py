"""A tab of yesterday still holds an answer: it is kept for the item it was given to, and the rater is told how it counts."""

from __future__ import annotations

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext, Page, expect

from attributes.models import Corpus, Role
from raters.domain import assignments, gold, sets
from raters.models import Assignment, Rating, RatingSet
from tests import factories

from .helpers import STATE, current, give, press, ready

pytestmark = pytest.mark.django_db(transaction=True)
NOTICE = "#rate-notice"
LATE = "Your answer came late: it is kept, but not counted."


@pytest.fixture
def waiting(screen: Page, rater_context: BrowserContext) -> str:
    """An answer that was given when the connection was gone; returns the item's title."""
    expect(screen.locator("#rate-ahead .rate-held")).to_have_count(2)
    rater_context.set_offline(True)
    title = give(screen, "y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    return title


def a_day_passes(opened: RatingSet) -> None:
    """No heartbeat came: the sweep gives back what was held."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE raters_assignment SET lease_until = now() - interval '1 day' WHERE state = 'leased'")
    assignments.release_expired()
    assert not Assignment.objects.filter(state="leased", rating_item__rating_set=opened).exists()


def others_fill(corpus: Corpus, opened: RatingSet) -> None:
    for n in range(2):
        factories.rate_all(factories.member(corpus, Role.RATER, email=f"other{n}@example.com"), opened)


def come_back(screen: Page, rater_context: BrowserContext) -> None:
    rater_context.set_offline(False)
    screen.evaluate("dispatchEvent(new Event('focus'))")
    expect(screen.locator(STATE)).to_have_text("Saved")


def mine() -> Rating:
    return Rating.objects.get(rater__email="rater@example.com")


def test_filled_by_others_it_is_kept_not_counted_and_told(
    screen: Page, rater_context: BrowserContext, corpus: Corpus, opened: RatingSet, waiting: str
) -> None:
    a_day_passes(opened)
    others_fill(corpus, opened)
    come_back(screen, rater_context)
    expect(screen.locator(NOTICE)).to_contain_text(LATE)
    expect(screen.locator(".recent").filter(has_text=waiting)).to_contain_text("not counted")
    assert (mine().rating_item.item.title, mine().level.key, mine().counted) == (waiting, "yes", False)
    assert set(opened.rating_items.values_list("counted", "claimed")) == {(2, 0)}


def test_where_the_slot_is_free_it_counts(
    screen: Page, rater_context: BrowserContext, opened: RatingSet, waiting: str
) -> None:
    a_day_passes(opened)
    come_back(screen, rater_context)
    ready(screen)
    expect(screen.locator(NOTICE)).not_to_contain_text("came late")
    assert (mine().rating_item.item.title, mine().counted) == (waiting, True)
    assert opened.rating_items.get(item__title=waiting).counted == 1
    second = press(screen, "n")
    assert Rating.objects.latest("pk").rating_item.item.title == second


def test_under_a_newer_definition_it_stands_under_the_one_it_was_given_by(
    screen: Page, rater_context: BrowserContext, corpus: Corpus, opened: RatingSet, waiting: str
) -> None:
    a_day_passes(opened)
    newer = factories.definition(corpus, statement="Calming now means: nothing happens at all.")
    later = factories.rating_set(newer, size=3, name="Second set")
    come_back(screen, rater_context)
    ready(screen)
    assert mine().rating_item.rating_set == opened
    assert mine().rating_item.item.title == waiting
    assert mine().shown["definition"] == opened.definition.hash != newer.hash
    assert not Rating.objects.filter(rating_item__rating_set=later).exists()
    press(screen, "n")  # the work in the set goes on by the version it rests on
    assert Rating.objects.filter(rating_item__rating_set=opened, counted=True).count() == 2


def test_after_rating_was_closed_it_is_kept_and_told(
    screen: Page, rater_context: BrowserContext, opened: RatingSet, waiting: str
) -> None:
    a_day_passes(opened)
    sets.close_rating(rating_set=opened, actor=None)
    come_back(screen, rater_context)
    expect(screen.locator(NOTICE)).to_contain_text(LATE)
    assert (mine().rating_item.item.title, mine().counted) == (waiting, False)
    expect(screen.locator("#rate-item h2")).to_contain_text("rating is closed", ignore_case=True)


def test_after_the_freeze_it_is_refused_kept_here_and_shown(
    screen: Page, rater_context: BrowserContext, corpus: Corpus, opened: RatingSet, waiting: str
) -> None:
    a_day_passes(opened)
    others_fill(corpus, opened)
    gold.freeze(rating_set=sets.close_rating(rating_set=opened, actor=None), actor=None)
    rater_context.set_offline(False)
    screen.evaluate("dispatchEvent(new Event('focus'))")
    expect(screen.locator(NOTICE)).to_contain_text(f"Not accepted: Yes for {waiting}. The golden set is frozen")
    assert not Rating.objects.filter(rater__email="rater@example.com").exists()
    screen.reload()
    screen.get_by_role("button", name="1 not accepted").click()
    row = screen.locator("#rate-refused li")
    expect(row).to_contain_text(waiting)
    expect(row).to_contain_text("Yes")


def test_an_item_still_on_screen_whose_claim_is_gone_counts_where_its_slot_is_free(
    screen: Page, opened: RatingSet
) -> None:
    """The owner took the claims back a moment ago: the screen does not know yet."""
    ready(screen)
    title = current(screen)
    a_day_passes(opened)
    press(screen, "y")
    assert (mine().rating_item.item.title, mine().counted) == (title, True)


def test_an_item_still_on_screen_that_others_filled_is_told(screen: Page, corpus: Corpus, opened: RatingSet) -> None:
    ready(screen)
    title = current(screen)
    a_day_passes(opened)
    others_fill(corpus, opened)
    screen.keyboard.press("y")
    expect(screen.locator(NOTICE)).to_contain_text(LATE)
    assert (mine().rating_item.item.title, mine().counted) == (title, False)
    screen.keyboard.press("n")
    screen.wait_for_timeout(300)
    assert Rating.objects.filter(rater__email="rater@example.com").count() == 1
