"""A rater's work in Chromium, by keyboard, on real clips."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from raters.models import Flag, Rating, RatingSet

from .helpers import ITEMS, current, first_item, in_force, next_item, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)


def test_five_items_by_keyboard_with_undo_and_cannot_tell(screen: Page) -> None:
    expect(screen.locator("#rate-item video")).to_have_js_property("readyState", 4)
    said = {press(screen, "y"): "yes", press(screen, "n"): "no", press(screen, "2"): "yes"}

    ready(screen)
    unclear = current(screen)
    screen.keyboard.press("c")
    expect(screen.locator("#rate-cannot-tell")).to_be_visible()
    screen.keyboard.press("3")
    expect(screen.locator("#rate-item h2")).not_to_have_text(unclear)
    expect(screen.locator("#rate-state")).to_have_text("Saved")
    said[unclear] = "quality"

    mistaken = press(screen, "y")
    place = current(screen)
    screen.keyboard.press("Backspace")
    expect(screen.locator("#rate-item h2")).to_have_text(mistaken)
    expect(screen.locator('.answer[data-level="yes"]')).to_have_attribute("aria-pressed", "true")
    said[press(screen, "n")] = "no"
    assert current(screen) == place

    assert in_force() == said
    assert len(said) == 5
    assert Rating.objects.count() == 6
    assert min(duration or 0 for duration in Rating.objects.values_list("duration_ms", flat=True)) > 0
    expect(screen.locator("#rate-mine")).to_have_text("5 rated, 2 left for you")


def test_undo_brings_a_skipped_item_back(screen: Page) -> None:
    said = {press(screen, "y"): "yes"}
    ready(screen)
    skipped = current(screen)
    screen.keyboard.press("s")
    expect(screen.locator("#rate-skip")).to_be_visible()
    screen.keyboard.press("1")
    next_item(screen, skipped)
    saved(screen)
    screen.keyboard.press("Backspace")
    expect(screen.locator("#rate-item h2")).to_have_text(skipped)
    expect(screen.locator("#rate-again")).to_contain_text("You said: Skipped: The media does not play.")
    said[press(screen, "n")] = "no"
    assert in_force() == said


def test_on_a_phone_where_answers_do_not_go_on_by_themselves_a_button_saves(screen: Page) -> None:
    screen.set_viewport_size({"width": 390, "height": 844})
    save = screen.locator("[data-rate=save]")
    expect(save).to_be_hidden()
    screen.locator("#rate-auto").uncheck()
    expect(save).to_be_disabled()
    ready(screen)
    answered = current(screen)
    screen.locator(".answer[data-level=yes]").click()
    assert Rating.objects.count() == 0
    save.click()
    expect(screen.locator("#rate-item h2")).not_to_have_text(answered)
    expect(save).to_be_disabled()
    saved(screen)
    assert in_force() == {answered: "yes"}


@pytest.fixture
def strict_screen(opened: RatingSet, screen: Page) -> Page:
    """The screen of a set that requires a reason."""
    opened.rationale_mode = RatingSet.Ask.REQUIRED
    opened.save()
    screen.reload()
    first_item(screen)
    return screen


def test_a_required_reason_says_what_is_expected(strict_screen: Page) -> None:
    answered = current(strict_screen)
    strict_screen.keyboard.press("y")
    expect(strict_screen.locator("#rate-notice")).to_contain_text("Yes is chosen, not saved yet: say why")
    expect(strict_screen.locator("#rate-rationale")).to_be_focused()
    expect(strict_screen.locator("#rate-rationale")).to_have_attribute("enterkeyhint", "send")
    strict_screen.keyboard.press("Enter")  # nothing was written
    expect(strict_screen.locator("#rate-rationale")).to_be_focused()
    strict_screen.keyboard.press("Escape")
    strict_screen.keyboard.press("n")  # its reason is asked for at once
    strict_screen.keyboard.type("1 loud")
    strict_screen.locator("[data-rate=save]").click()
    next_item(strict_screen, answered)
    saved(strict_screen)
    strict_screen.keyboard.press("w")
    strict_screen.keyboard.type("calm")
    strict_screen.keyboard.press("Enter")
    expect(strict_screen.locator("#rate-notice")).to_contain_text("Now choose an answer")
    press(strict_screen, "y")
    saved(strict_screen)
    assert sorted(Rating.objects.values_list("level__key", "rationale")) == [("no", "1 loud"), ("yes", "calm")]


def test_to_the_end_with_a_skip_and_a_flag(screen: Page) -> None:
    skipped = current(screen)
    screen.keyboard.press("s")
    expect(screen.locator("#rate-skip")).to_be_visible()
    screen.keyboard.press("4")
    next_item(screen, skipped)
    screen.keyboard.press("f")
    screen.locator("#rate-flag-note").press_sequentially("cut")
    screen.keyboard.press("Shift+Enter")
    screen.keyboard.type("off")
    screen.keyboard.press("Control+Enter")
    screen.keyboard.type("here")
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-notice")).to_contain_text("Flagged.")
    assert Flag.objects.get().note == "cut\noff\nhere"
    order = [press(screen, "y") for _ in range(ITEMS - 1)]
    assert current(screen) == skipped
    assert skipped not in order
    ready(screen)
    screen.keyboard.press("y")
    saved(screen)
    expect(screen.locator(".rate-done")).to_contain_text("You have rated everything left for you")
    assert set(in_force().values()) == {"yes"}
    assert len(in_force()) == ITEMS
