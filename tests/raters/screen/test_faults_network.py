"""The connection fails for real, before the server has the answer or after it has stored it: nothing is lost or doubled."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from raters.models import Flag, Rating, RatingSet
from tests.proxy import Fault, Proxy

from .helpers import STATE, TITLE, choose, current, give, in_force, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
EVERY_FAULT = [fault for fault in Fault if fault is not Fault.HANG]
HELD = "#rate-ahead .rate-held"


@pytest.fixture
def screen_url(proxy: Proxy, opened: RatingSet) -> str:
    return f"{proxy.url}/c/clips/rate/{opened.uid}/"


def in_order() -> list[tuple[str, str]]:
    """What is stored, in the order in which it was: title and what was said."""
    rows = Rating.objects.order_by("pk").select_related("level", "rating_item__item")
    return [(row.rating_item.item.title, row.level.key if row.level else row.reason) for row in rows]


def answer_what_is_held(screen: Page) -> list[tuple[str, str]]:
    """Answer the item on screen and the two that come next."""
    expect(screen.locator(HELD)).to_have_count(2)
    first, second = give(screen, "y"), choose(screen, "c", "#rate-cannot-tell", "1")
    ready(screen)
    third = current(screen)
    screen.keyboard.press("n")
    expect(screen.locator(".rate-done")).to_contain_text("3 answers are kept on this device")
    return [(first, "yes"), (second, "missing"), (third, "no")]


def heal(screen: Page, proxy: Proxy) -> None:
    """The fault is over, and the rater looks at the screen again; without a look it tries less and less often."""
    proxy.heal()
    screen.evaluate("dispatchEvent(new Event('focus'))")
    saved(screen)


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_one_goes_on_over_what_is_held_and_each_answer_is_stored_once(screen: Page, proxy: Proxy, fault: Fault) -> None:
    proxy.fault("/submit/", fault)
    given = answer_what_is_held(screen)
    expect(screen.locator(STATE)).to_have_text("Offline: 3 waiting")
    reached = fault in (Fault.DROP_AFTER, Fault.CUT)
    assert in_order() == given[: int(reached)]  # the others wait for the first: they go in order
    heal(screen, proxy)
    ready(screen)
    assert in_order() == given
    assert len(proxy.keys) == 3
    assert next(iter(proxy.keys.values())) >= 2


def test_without_a_server_all_is_kept_and_comes_by_itself(screen: Page, proxy: Proxy) -> None:
    expect(screen.locator(HELD)).to_have_count(2)
    proxy.stop()
    given = answer_what_is_held(screen)
    expect(screen.locator(STATE)).to_have_text("Offline: 3 waiting")
    expect(screen.locator(".rate-done")).to_contain_text("No connection to the server")
    assert in_order() == []
    proxy.start()
    expect(screen.locator(STATE)).to_have_text("Saved", timeout=8000)
    ready(screen)
    assert in_order() == given
    assert set(proxy.keys.values()) == {1}


@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_screen_that_cannot_begin_begins_by_itself_later(
    rater_context: BrowserContext, proxy: Proxy, screen_url: str, fault: Fault
) -> None:
    proxy.fault("/claim/", fault)
    page = rater_context.new_page()
    page.goto(screen_url)
    expect(page.locator(STATE)).to_have_text("Offline")
    expect(page.locator(".rate-done")).to_contain_text("No connection to the server")
    page.keyboard.press("y")
    proxy.heal()
    ready(page)
    assert Rating.objects.count() == 0
    expect(page.locator(TITLE)).to_be_visible()


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.CUT])
def test_a_skip_and_a_flag_whose_replies_were_lost_are_stored_once(
    screen: Page, proxy: Proxy, opened: RatingSet, fault: Fault
) -> None:
    proxy.fault("/flag/", fault)
    screen.keyboard.press("f")
    screen.locator("#rate-flag-note").press_sequentially("whose voice?")
    screen.keyboard.press("Enter")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    heal(screen, proxy)
    proxy.fault("/skip/", fault)
    skipped = choose(screen, "s", "#rate-skip", "2")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    heal(screen, proxy)
    sent = [seen.path.split("/")[-2] for seen in proxy.seen]
    assert min(sent.count("flag"), sent.count("skip")) >= 2
    assert [flag.rating_item.item.title for flag in Flag.objects.all()] == [skipped]
    given_back = opened.rating_items.get(item__title=skipped)
    assert (given_back.skips, given_back.assignments.get().skip_reason) == (1, "language")
    assert opened.rating_items.filter(claimed=1).count() == 3


def test_a_correction_of_an_answer_whose_reply_was_lost(screen: Page, proxy: Proxy) -> None:
    proxy.fault("/submit/", Fault.DROP_AFTER)
    title = give(screen, "y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    ready(screen)
    screen.keyboard.press("Backspace")
    expect(screen.locator(TITLE)).to_have_text(title)
    ready(screen)
    screen.keyboard.press("n")
    expect(screen.locator(STATE)).to_have_text("Offline: 2 waiting")
    heal(screen, proxy)
    assert in_order() == [(title, "yes"), (title, "no")]
    assert in_force() == {title: "no"}


def test_hours_offline_are_stored_in_the_order_they_were_given(
    screen: Page, proxy: Proxy, rater_context: BrowserContext
) -> None:
    expect(screen.locator(HELD)).to_have_count(2)
    rater_context.set_offline(True)
    expect(screen.locator(STATE)).to_have_text("Offline")
    given = answer_what_is_held(screen)
    rater_context.set_offline(False)
    saved(screen)
    ready(screen)
    rater_context.set_offline(True)
    given.append((give(screen, "n"), "no"))
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    rater_context.set_offline(False)
    saved(screen)
    given.append((press(screen, "y"), "yes"))
    assert in_order() == given
    assert set(proxy.keys.values()) == {1}
