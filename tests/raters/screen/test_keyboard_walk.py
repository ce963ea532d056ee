"""A whole piece of work without a mouse: the focus is seen, is never lost, and every step is said."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from raters.models import Flag, Rating, RatingSet

from .helpers import TITLE, current, in_force, next_item, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = "#rate-live"
LONGEST_WAY = 40  # presses of Tab
FOCUSED = "() => { const { tagName, id, textContent } = document.activeElement; return [tagName, id, textContent.trim().slice(0, 20)]; }"
IS_SEEN = """(element) => { const style = getComputedStyle(element);
  return element === document.activeElement && element.matches(':focus-visible')
    && (style.outlineStyle !== 'none' || style.boxShadow !== 'none'); }"""


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"rationale_mode": RatingSet.Ask.OPTIONAL, "confidence_mode": RatingSet.Ask.OPTIONAL}


def tab_to(screen: Page, target: Locator) -> None:
    """Go there by Tab alone; the focus can be seen at every stop."""
    for _ in range(LONGEST_WAY):
        screen.keyboard.press("Tab")
        focused = screen.locator(":focus")
        if focused.count() == 0:  # the end of the page: the browser's own parts come between
            continue
        assert focused.evaluate(IS_SEEN), screen.evaluate(FOCUSED)
        if target.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError("not reached by Tab")


def button(screen: Page, action: str) -> Locator:
    return screen.locator(f".rate-ask [data-rate={action}]").first


@pytest.mark.parametrize(
    ("action", "dialog"), [("cannot-tell", "#rate-cannot-tell"), ("skip", "#rate-skip"), ("flag", "#rate-flag")]
)
def test_a_dialog_that_is_left_gives_the_focus_back(screen: Page, action: str, dialog: str) -> None:
    ready(screen)
    tab_to(screen, button(screen, action))
    screen.keyboard.press("Enter")
    expect(screen.locator(dialog)).to_be_visible()
    assert screen.locator(f"{dialog} :focus").count() == 1
    for _ in range(12):  # the focus stays inside, or in the browser's own parts
        screen.keyboard.press("Tab")
        assert screen.evaluate(FOCUSED)[0] == "BODY" or screen.locator(f"{dialog} :focus").count() == 1
    screen.keyboard.press("Escape")
    expect(screen.locator(dialog)).to_be_hidden()
    expect(button(screen, action)).to_be_focused()


def test_all_of_the_work_by_tab_enter_and_space(screen: Page) -> None:
    ready(screen)
    first = current(screen)
    tab_to(screen, screen.locator(".answer[data-level=yes]"))
    screen.keyboard.press("Enter")
    next_item(screen, first)
    expect(screen.locator(LIVE)).to_contain_text(current(screen))
    expect(screen.locator(".answer[data-level=yes]")).to_be_focused()  # the next one is answered from where one is

    ready(screen)
    second = current(screen)
    tab_to(screen, button(screen, "cannot-tell"))
    screen.keyboard.press(" ")
    screen.keyboard.press("Tab")  # from Cancel, which has the focus
    screen.keyboard.press("Enter")
    next_item(screen, second)
    expect(button(screen, "cannot-tell")).to_be_focused()

    ready(screen)
    third = current(screen)
    tab_to(screen, button(screen, "skip"))
    screen.keyboard.press("Enter")
    screen.keyboard.press("Tab")
    screen.keyboard.press("Enter")
    next_item(screen, third)
    expect(button(screen, "skip")).to_be_focused()

    ready(screen)
    tab_to(screen, button(screen, "flag"))
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-flag-note")).to_be_focused()
    screen.keyboard.type("a word")
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-notice")).to_contain_text("Flagged.")
    expect(button(screen, "flag")).to_be_focused()
    tab_to(screen, screen.get_by_role("button", name="Close the notice"))
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-notice")).to_be_hidden()
    expect(screen.locator("#rate-item")).to_be_focused()

    tab_to(screen, button(screen, "undo"))
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-again")).to_be_visible()
    expect(screen.locator(LIVE)).to_contain_text("Looking at it again.")
    assert screen.evaluate(FOCUSED)[0] != "BODY"
    tab_to(screen, screen.get_by_role("button", name="Back to where I was"))
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-again")).to_be_hidden()
    expect(screen.locator("#rate-item")).to_be_focused()  # its button is gone
    saved(screen)
    assert in_force() == {first: "yes", second: "missing"}
    assert Flag.objects.get(kind=Flag.Kind.EXPERT).note == "a word"


def test_the_definition_and_the_last_answers_by_tab(screen: Page) -> None:
    first = press(screen, "y")
    ready(screen)
    place = current(screen)
    details = screen.get_by_role("button", name="Details of the definition")
    tab_to(screen, details)
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate-definition")).to_be_hidden()
    expect(details).to_be_focused()
    screen.keyboard.press(" ")
    expect(screen.locator("#rate-definition")).to_be_visible()

    tab_to(screen, screen.locator(".recent").filter(has_text=first))
    screen.keyboard.press("Enter")
    expect(screen.locator(TITLE)).to_have_text(first)
    assert screen.evaluate(FOCUSED)[0] != "BODY"
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(TITLE)).to_have_text(place)
    saved(screen)
    assert in_force() == {first: "no"}
    assert Rating.objects.count() == 2


def test_the_key_sheet_gives_the_focus_back(screen: Page) -> None:
    ready(screen)
    tab_to(screen, button(screen, "skip"))
    screen.keyboard.press("?")
    expect(screen.locator(".key-sheet")).to_be_visible()
    screen.keyboard.press("Escape")
    expect(screen.locator(".key-sheet")).to_have_count(0)
    expect(button(screen, "skip")).to_be_focused()
