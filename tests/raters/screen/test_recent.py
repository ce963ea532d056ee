"""The last answers: looked at again, corrected, and back to where the rater was."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from raters.models import Rating

from .helpers import STATE, TITLE, choose, current, give, in_force, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
AGAIN = "#rate-again"


def test_backspace_goes_back_one_by_one_and_escape_returns(screen: Page) -> None:
    first, second = press(screen, "y"), press(screen, "n")
    ready(screen)
    place = current(screen)
    screen.keyboard.press("Backspace")
    expect(screen.locator(TITLE)).to_have_text(second)
    expect(screen.locator(AGAIN)).to_contain_text("You said: No.")
    expect(screen.locator('.answer[data-level="no"]')).to_have_attribute("aria-pressed", "true")
    screen.keyboard.press("Backspace")
    expect(screen.locator(TITLE)).to_have_text(first)
    expect(screen.locator(".recent[aria-current]")).to_contain_text(first)
    screen.keyboard.press("Backspace")
    expect(screen.locator("#rate-notice")).to_contain_text("That was the last that can be opened here.")
    screen.keyboard.press("Escape")
    expect(screen.locator(TITLE)).to_have_text(place)
    expect(screen.locator(AGAIN)).to_be_hidden()
    assert Rating.objects.count() == 2


def test_a_correction_replaces_the_answer_and_leads_back(screen: Page) -> None:
    mistaken, right = press(screen, "y"), press(screen, "y")
    ready(screen)
    place = current(screen)
    screen.locator(".recent").filter(has_text=mistaken).click()
    expect(screen.locator(TITLE)).to_have_text(mistaken)
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(TITLE)).to_have_text(place)
    saved(screen)
    expect(screen.locator(".recent").filter(has_text=mistaken)).to_contain_text("No")
    assert in_force() == {mistaken: "no", right: "yes"}
    assert Rating.objects.count() == 3

    screen.locator(".recent").filter(has_text=mistaken).click()
    expect(screen.locator(TITLE)).to_have_text(mistaken)
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator("#rate-notice")).to_contain_text("No stands as it was.")
    expect(screen.locator(TITLE)).to_have_text(place)
    assert Rating.objects.count() == 3
    expect(screen.locator("#rate-mine")).to_contain_text("2 rated")


def test_an_answer_that_still_waits_can_be_corrected(screen: Page, rater_context: BrowserContext) -> None:
    ready(screen)
    rater_context.set_offline(True)
    answered = give(screen, "y")
    ready(screen)
    screen.keyboard.press("Backspace")
    expect(screen.locator(TITLE)).to_have_text(answered)
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(STATE)).to_have_text("Offline: 2 waiting")
    rater_context.set_offline(False)
    saved(screen)
    assert in_force() == {answered: "no"}
    assert Rating.objects.count() == 2


def test_the_list_is_there_after_a_reload(screen: Page) -> None:
    first = press(screen, "y")
    skipped = choose(screen, "s", "#rate-skip", "1")
    saved(screen)
    screen.reload()
    ready(screen)
    expect(screen.locator(".recent-title")).to_have_text([skipped, first])
    screen.locator(".recent").filter(has_text=first).click()
    expect(screen.locator(TITLE)).to_have_text(first)
    expect(screen.locator(AGAIN)).to_contain_text("You said: Yes.")
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(AGAIN)).to_be_hidden()
    saved(screen)
    assert in_force() == {first: "no"}


@pytest.mark.parametrize("offline", [False, True])
def test_a_skipped_item_comes_back(screen: Page, rater_context: BrowserContext, offline: bool) -> None:
    ready(screen)
    rater_context.set_offline(offline)
    skipped = choose(screen, "s", "#rate-skip", "1")
    if not offline:
        saved(screen)
    ready(screen)
    screen.keyboard.press("Backspace")
    expect(screen.locator(TITLE)).to_have_text(skipped)
    expect(screen.locator(AGAIN)).to_contain_text("You said: Skipped: The media does not play.")
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(AGAIN)).to_be_hidden()
    rater_context.set_offline(False)
    saved(screen)
    assert in_force() == {skipped: "no"}


def test_on_a_phone_the_list_is_behind_a_button(screen: Page) -> None:
    first = press(screen, "y")
    screen.set_viewport_size({"width": 390, "height": 844})
    expect(screen.locator("#rate-recent")).to_be_hidden()
    screen.get_by_role("button", name="Last answers", exact=True).click()
    screen.locator(".recent").filter(has_text=first).click()
    expect(screen.locator("#rate-recent")).to_be_hidden()
    expect(screen.locator(TITLE)).to_have_text(first)
    screen.get_by_role("button", name="Back to where I was").click()
    expect(screen.locator(AGAIN)).to_be_hidden()
