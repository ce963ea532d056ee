"""What a rater sees and does, as functions over the page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from raters.models import Rating

ITEMS = 7
STATE = "#rate-state"
TITLE = "#rate-item h2"


def open_screen(screen: Page, url: str) -> None:
    screen.goto(url)
    ready(screen)


def ready(screen: Page) -> None:
    """Wait until the item on screen takes an answer."""
    expect(screen.locator("#rate")).to_have_attribute("data-ready", "true")


def current(screen: Page) -> str:
    return screen.locator(TITLE).inner_text()


def next_item(screen: Page, before: str) -> None:
    expect(screen.locator(TITLE)).not_to_have_text(before)


def saved(screen: Page) -> None:
    expect(screen.locator(STATE)).to_have_text("Saved")


def give(screen: Page, key: str) -> str:
    """Press a key that answers; returns the title that was answered, once the next item stands there."""
    ready(screen)
    answered = current(screen)
    screen.keyboard.press(key)
    next_item(screen, answered)
    return answered


def press(screen: Page, key: str) -> str:
    """As `give`, once the answer is saved."""
    answered = give(screen, key)
    saved(screen)
    return answered


def choose(screen: Page, key: str, dialog: str, reason: str) -> str:
    """Press a key that asks for a reason, and choose one; returns the title of the item."""
    ready(screen)
    title = current(screen)
    screen.keyboard.press(key)
    expect(screen.locator(dialog)).to_be_visible()
    screen.keyboard.press(reason)
    next_item(screen, title)
    return title


def in_force() -> dict[str, str]:
    """What stands for each item: the level, or why none could be told."""
    ratings = Rating.objects.filter(superseded_at=None).select_related("level", "rating_item__item")
    return {rating.rating_item.item.title: rating.level.key if rating.level else rating.reason for rating in ratings}
