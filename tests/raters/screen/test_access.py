"""Without a mouse, with a screen reader: every control has a name, every change is said, focus is where it belongs."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from attributes.models import Item
from raters.models import RatingSet
from tests.axe import serious

from .helpers import TITLE, current, in_force, next_item, open_screen, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
LIVE = "#rate-live"


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"rationale_mode": RatingSet.Ask.OPTIONAL, "confidence_mode": RatingSet.Ask.OPTIONAL}


def test_the_key_sheet_lists_what_works(screen: Page) -> None:
    screen.keyboard.press("?")
    sheet = screen.get_by_role("dialog", name="Keys of this page")
    expect(sheet).to_be_visible()
    for label in ("Yes", "No", "Can't tell", "Skip", "Flag", "Mark this moment as evidence", "Back 5 s"):
        expect(sheet.get_by_text(label, exact=True)).to_be_visible()
    screen.keyboard.press("Escape")
    expect(sheet).to_have_count(0)


def test_by_tab_and_space_alone(screen: Page) -> None:
    ready(screen)
    answered = current(screen)
    yes = screen.get_by_role("button", name="Yes")
    for _ in range(12):
        screen.keyboard.press("Tab")
        if yes.evaluate("(button) => button === document.activeElement"):
            break
    expect(yes).to_be_focused()
    assert yes.evaluate("(button) => getComputedStyle(button).outlineStyle") == "solid"
    screen.keyboard.press(" ")
    next_item(screen, answered)
    saved(screen)
    assert in_force() == {answered: "yes"}


def test_space_scrolls_a_long_text(screen: Page, screen_url: str) -> None:
    Item.objects.update(text="A line of a long text.\n" * 200)
    open_screen(screen, screen_url)
    text = screen.get_by_role("region", name="The text to judge")
    text.focus()
    screen.keyboard.press(" ")
    expect(text).not_to_have_js_property("scrollTop", 0)


def test_changes_are_said(screen: Page, rater_context: BrowserContext) -> None:
    ready(screen)
    expect(screen.locator(LIVE)).to_have_text(current(screen))
    answered = current(screen)
    rater_context.set_offline(True)
    expect(screen.locator(LIVE)).to_have_text("Offline")
    screen.keyboard.press("y")
    next_item(screen, answered)
    rater_context.set_offline(False)
    expect(screen.locator(LIVE)).to_have_text("Saved")


def test_the_definition_is_put_away_and_stays_so(screen: Page) -> None:
    expect(screen.locator(".rate-statement")).to_be_visible()
    screen.keyboard.press("d")
    expect(screen.locator("#rate-definition")).to_be_hidden()
    screen.reload()
    ready(screen)
    expect(screen.locator("#rate-definition")).to_be_hidden()
    expect(screen.locator(".rate-statement")).to_be_visible()
    details = screen.get_by_role("button", name="Details of the definition")
    expect(details).to_have_attribute("aria-expanded", "false")
    details.click()
    expect(screen.locator("#rate-definition")).to_be_visible()


def test_the_owners_words_stand_at_the_top(screen: Page, opened: RatingSet, screen_url: str) -> None:
    expect(screen.locator("#rate-message")).to_be_hidden()
    RatingSet.objects.filter(pk=opened.pk).update(message="<b>Look</b> twice.")
    open_screen(screen, screen_url)
    expect(screen.locator("#rate-message")).to_have_text("<b>Look</b> twice.")
    expect(screen.locator(TITLE)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(
    rater_context: BrowserContext, screen_url: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = rater_context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 844})
    open_screen(page, screen_url)
    assert serious(page) == []
    press(page, "y")
    page.keyboard.press("Backspace")
    page.keyboard.press("s")
    assert serious(page) == []


NAMELESS = """() => [...document.querySelectorAll('#rate button, #rate a, #rate input, #rate textarea, #rate video')]
  .filter((element) => element.checkVisibility() && !element.closest('[hidden], [inert]'))
  .filter((element) => !(element.ariaLabel || element.textContent.trim() || element.labels?.length))
  .map((element) => element.outerHTML)"""


@pytest.mark.parametrize("width", [1280, 390])
def test_every_control_has_a_name_and_nothing_overflows(screen: Page, width: int) -> None:
    screen.set_viewport_size({"width": width, "height": 844})
    assert screen.evaluate(NAMELESS) == []
    assert screen.evaluate("document.documentElement.scrollWidth") <= width
