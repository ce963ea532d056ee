"""A rater's work in Chromium, by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from raters.models import Flag, Rating, RatingSet

from .helpers import ITEMS, STATE, TITLE, choose, current, give, in_force, next_item, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)


def test_items_by_keyboard_to_the_end_with_a_skip_and_a_flag(screen: Page) -> None:
    skipped = choose(screen, "s", "#rate-skip", "4")
    said = {press(screen, "y"): "yes", press(screen, "n"): "no", press(screen, "2"): "yes"}
    said[choose(screen, "c", "#rate-cannot-tell", "3")] = "quality"
    screen.keyboard.press("f")
    screen.locator("#rate-flag-note").press_sequentially("cut")
    screen.keyboard.press("Shift+Enter")
    screen.keyboard.type("off")
    screen.keyboard.press("Control+Enter")
    screen.keyboard.type("here")
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-notice")).to_contain_text("Flagged.")
    assert Flag.objects.get().note == "cut\noff\nhere"
    expect(screen.locator("#rate-mine")).to_have_text("4 rated, 3 left for you")

    said |= {press(screen, "y"): "yes", press(screen, "y"): "yes"}
    assert current(screen) == skipped
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(".rate-done")).to_contain_text("You have rated everything left for you")
    saved(screen)
    assert in_force() == said | {skipped: "no"}
    assert len(in_force()) == ITEMS
    assert min(duration or 0 for duration in Rating.objects.values_list("duration_ms", flat=True)) > 0


def test_the_next_item_stands_there_at_once_while_the_server_is_still_silent(screen: Page) -> None:
    silent: list[Route] = []
    screen.route("**/submit/", lambda route: silent.append(route))
    first, second = give(screen, "y"), give(screen, "n")
    expect(screen.locator(STATE)).to_have_text("Saving")
    expect(screen.locator("#rate-mine")).to_have_text(f"2 rated, {ITEMS - 2} left for you")
    assert len(silent) == 1  # one at a time, in order
    screen.unroute("**/submit/")  # lets go what it held
    saved(screen)
    assert in_force() == {first: "yes", second: "no"}
    measured = screen.evaluate("performance.getEntriesByName('next-item').map((entry) => entry.duration)")
    assert len(measured) == 2
    assert max(measured) < 500  # the bench says how fast; here only that nothing waits for the server


def test_a_key_held_or_pressed_twice_never_answers_the_next_item(screen: Page) -> None:
    ready(screen)
    answered = current(screen)
    screen.keyboard.down("y")
    next_item(screen, answered)
    screen.keyboard.down("y")  # the browser sends it with repeat
    screen.keyboard.down("y")
    screen.keyboard.up("y")
    ready(screen)
    saved(screen)
    assert in_force() == {answered: "yes"}

    second = current(screen)
    screen.locator(".answer[data-level=no]").dblclick()
    next_item(screen, second)
    ready(screen)
    saved(screen)
    assert in_force() == {answered: "yes", second: "no"}

    third = current(screen)
    screen.locator(".answer[data-level=yes]").focus()
    screen.keyboard.down("Enter")
    next_item(screen, third)
    for _ in range(3):
        screen.keyboard.down("Enter")
    ready(screen)
    screen.keyboard.down("Enter")
    screen.keyboard.up("Enter")
    saved(screen)
    assert in_force() == {answered: "yes", second: "no", third: "yes"}


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
    next_item(screen, answered)
    expect(save).to_be_disabled()
    saved(screen)
    assert in_force() == {answered: "yes"}


class TestARequiredReason:
    @pytest.fixture
    def asked(self) -> dict[str, Any]:
        return {"rationale_mode": RatingSet.Ask.REQUIRED}

    def test_is_asked_for_and_enter_saves(self, screen: Page) -> None:
        answered = current(screen)
        screen.keyboard.press("y")
        expect(screen.locator("#rate-notice")).to_contain_text("Yes is chosen, not saved yet: say why")
        expect(screen.locator("#rate-rationale")).to_be_focused()
        expect(screen.locator("#rate-rationale")).to_have_attribute("enterkeyhint", "send")
        screen.keyboard.press("Enter")  # nothing was written
        expect(screen.locator("#rate-rationale")).to_be_focused()
        screen.keyboard.press("Escape")
        screen.keyboard.press("n")  # asks at once
        screen.keyboard.type("1 loud")
        screen.locator("[data-rate=save]").click()
        next_item(screen, answered)
        ready(screen)
        screen.keyboard.press("w")
        screen.keyboard.type("calm")
        screen.keyboard.press("Enter")
        expect(screen.locator("#rate-notice")).to_contain_text("Now choose an answer")
        press(screen, "y")
        assert sorted(Rating.objects.values_list("level__key", "rationale")) == [("no", "1 loud"), ("yes", "calm")]


class TestARequiredConfidence:
    @pytest.fixture
    def asked(self) -> dict[str, Any]:
        return {"rationale_mode": RatingSet.Ask.OFF, "confidence_mode": RatingSet.Ask.REQUIRED}

    def test_is_said_by_key_before_or_after_the_level(self, screen: Page) -> None:
        first = current(screen)
        screen.keyboard.press("y")
        expect(screen.locator("#rate-notice")).to_contain_text("Yes is chosen, not saved yet: say how sure you are")
        screen.keyboard.press("h")
        screen.keyboard.press("h")
        screen.keyboard.press("Enter")
        next_item(screen, first)
        ready(screen)
        screen.keyboard.press("h")
        press(screen, "n")
        expect(screen.locator(TITLE)).to_be_visible()
        assert sorted(Rating.objects.values_list("level__key", "confidence")) == [("no", 1), ("yes", 3)]
