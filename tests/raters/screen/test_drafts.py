"""What is written but not yet answered survives, and never stands against an answer."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from raters.models import Assignment, Rating, RatingSet

from .helpers import STATE, TITLE, current, next_item, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "#rate-rationale"
EVERY_DRAFT = """() => new Promise((resolve) => {
  indexedDB.open("labelhub-outbox").onsuccess = ({ target }) => {
    const reading = target.result.transaction("drafts").objectStore("drafts").getAll();
    reading.onsuccess = () => resolve(reading.result);
  };
})"""


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"rationale_mode": RatingSet.Ask.OPTIONAL, "confidence_mode": RatingSet.Ask.OPTIONAL}


def write(screen: Page, words: str) -> None:
    ready(screen)
    screen.keyboard.press("w")
    screen.keyboard.type(words)


def on_server(words: str) -> Assignment:
    return Assignment.objects.get(draft__rationale=words)


def test_a_draft_is_back_after_a_reload_and_goes_with_the_answer(screen: Page) -> None:
    title = current(screen)
    write(screen, "slow water")
    screen.keyboard.press("Escape")
    screen.keyboard.press("h")
    with screen.expect_response("**/draft/"):
        pass
    assert on_server("slow water").draft["confidence"] == 1
    screen.reload()
    ready(screen)
    expect(screen.locator(TITLE)).to_have_text(title)
    expect(screen.locator(WHY)).to_have_value("slow water")
    expect(screen.get_by_label("Guess")).to_be_checked()
    screen.keyboard.press("y")
    next_item(screen, title)
    expect(screen.locator(WHY)).to_have_value("")
    saved(screen)
    assert list(Rating.objects.values_list("rationale", "confidence")) == [("slow water", 1)]
    assert screen.evaluate(EVERY_DRAFT) == []


def test_a_draft_of_another_device_is_shown_where_it_is_newer(screen: Page) -> None:
    write(screen, "mine")
    with screen.expect_response("**/draft/"):
        pass
    held = on_server("mine")
    held.draft = {**held.draft, "rationale": "written on the phone", "level": "yes"}
    held.draft_revision += 1
    held.save()
    screen.reload()
    ready(screen)
    expect(screen.locator(WHY)).to_have_value("written on the phone")
    expect(screen.locator(".answer[data-level=yes]")).to_have_attribute("aria-pressed", "true")


def test_without_connection_the_draft_stays_on_the_device(screen: Page, rater_context: BrowserContext) -> None:
    ready(screen)
    rater_context.set_offline(True)
    write(screen, "written in a tunnel")
    expect(screen.locator(STATE)).to_have_text("Offline")
    rater_context.set_offline(False)
    screen.reload()
    ready(screen)
    expect(screen.locator(WHY)).to_have_value("written in a tunnel")


def test_keys_are_dead_in_the_field(screen: Page) -> None:
    write(screen, "y 1 n?")
    expect(screen.locator(WHY)).to_have_value("y 1 n?")
    expect(screen.locator("dialog[open]")).to_have_count(0)
    screen.keyboard.press("Escape")
    expect(screen.locator(WHY)).not_to_be_focused()
    assert Rating.objects.count() == 0
