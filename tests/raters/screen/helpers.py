"""What a rater sees and does, as functions over the page."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from raters.models import Rating

ITEMS = 7


def first_item(screen: Page) -> None:
    expect(screen.locator("#rate-item video")).to_be_visible()
    ready(screen)


def ready(screen: Page) -> None:
    """Wait until the item on screen takes an answer."""
    expect(screen.locator("#rate")).to_have_attribute("data-ready", "true")


def current(screen: Page) -> str:
    return screen.locator("#rate-item h2").inner_text()


def next_item(screen: Page, before: str) -> None:
    expect(screen.locator("#rate-item h2")).not_to_have_text(before)


def saved(screen: Page) -> None:
    expect(screen.locator("#rate-state")).to_have_text("Saved")


def press(screen: Page, key: str) -> str:
    """Press a key that answers; returns the title that was answered, once the next item stands there, saved."""
    ready(screen)
    answered = current(screen)
    screen.keyboard.press(key)
    next_item(screen, answered)
    saved(screen)
    return answered


def in_force() -> dict[str, str]:
    """What stands for each item: the level, or why none could be told."""
    ratings = Rating.objects.filter(superseded_at=None).select_related("level", "rating_item__item")
    return {rating.rating_item.item.title: rating.level.key if rating.level else rating.reason for rating in ratings}
