"""Two tabs, a tab of yesterday, the back-forward cache: what is on screen is still the rater's, or it is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F
from playwright.sync_api import BrowserContext, Page, expect

from raters.models import Assignment, Rating, RatingSet

from .helpers import TITLE, current, give, in_force, next_item, open_screen, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
NOTICE = "#rate-notice"


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"rationale_mode": RatingSet.Ask.OPTIONAL}


def taken_away(title: str) -> None:
    """The claim ran out and somebody else filled the item."""
    held = Assignment.objects.get(rating_item__item__title=title)
    Assignment.objects.filter(pk=held.pk).update(state="queued", lease_token=None, lease_until=None)
    held.rating_item.__class__.objects.filter(pk=held.rating_item_id).update(counted=F("overlap"), claimed=0)


def test_an_item_answered_in_another_tab_is_dropped(
    screen: Page, rater_context: BrowserContext, screen_url: str
) -> None:
    ready(screen)
    title = current(screen)
    other = rater_context.new_page()
    open_screen(other, screen_url)
    assert current(other) == title
    press(other, "y")
    expect(screen.locator(NOTICE)).to_contain_text("The item before this one was answered in another tab.")
    next_item(screen, title)
    second = press(screen, "n")
    next_item(other, second)
    assert in_force() == {title: "yes", second: "no"}


def test_closing_one_tab_leaves_the_other_what_it_holds(
    screen: Page, rater_context: BrowserContext, screen_url: str
) -> None:
    ready(screen)
    other = rater_context.new_page()
    open_screen(other, screen_url)
    other.close(run_before_unload=True)
    press(screen, "y")
    assert Assignment.objects.filter(state="leased").count() == 3
    press(screen, "n")
    press(screen, "n")
    assert Rating.objects.filter(counted=True).count() == 3


def test_leaving_gives_back_what_was_ahead(screen: Page) -> None:
    ready(screen)
    kept = current(screen)
    screen.goto("about:blank")
    for _ in range(50):
        left = Assignment.objects.filter(state="leased").values_list("rating_item__item__title", flat=True)
        if list(left) == [kept]:
            break
        screen.wait_for_timeout(50)
    assert list(left) == [kept]


def test_after_a_day_what_is_held_is_asked_first(screen: Page) -> None:
    ready(screen)
    title = current(screen)
    screen.keyboard.press("w")
    screen.keyboard.type("half a thought")
    with screen.expect_response("**/draft/"):
        pass
    screen.keyboard.press("Escape")
    taken_away(title)
    screen.clock.install()
    screen.clock.fast_forward("24:00:00")
    screen.evaluate("dispatchEvent(new Event('focus'))")
    expect(screen.locator(NOTICE)).to_contain_text(
        f'"{title}" is no longer reserved for you; what you wrote of it is kept on this device.'
    )
    next_item(screen, title)
    assert Rating.objects.count() == 0


def test_an_answer_after_a_day_is_given_only_where_the_item_is_still_held(screen: Page) -> None:
    ready(screen)
    title = current(screen)
    taken_away(title)
    screen.evaluate("() => { const now = Date.now(); Date.now = () => now + 24 * 3600 * 1000; }")
    screen.keyboard.press("y")
    expect(screen.locator(NOTICE)).to_contain_text(f'"{title}" is no longer reserved for you.')
    next_item(screen, title)
    assert Rating.objects.count() == 0


def test_out_of_the_back_forward_cache_the_line_is_asked_again(screen: Page) -> None:
    ready(screen)
    title = current(screen)
    taken_away(title)
    with screen.expect_response("**/claim/"):
        screen.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    next_item(screen, title)
    second = give(screen, "y")
    saved(screen)
    assert in_force() == {second: "yes"}
    expect(screen.locator(TITLE)).to_be_visible()
