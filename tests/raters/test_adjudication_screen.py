"""Adjudication and the raters' tab in Chromium: by keys alone, and live while one looks."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.domain import corpora
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.models import Flag, GoldLabel
from tests import factories
from tests.personas import signed_in

VOTES = {"i000": "yn", "i001": "ny", "i002": "yy"}


@pytest.fixture
def corpus(transactional_db: None) -> Corpus:
    cache.clear()
    return corpora.get_or_create(slug="clips", name="Clips")


@pytest.fixture
def owner(corpus: Corpus) -> User:
    return factories.member(corpus, Role.OWNER, email="owner@example.com")


@pytest.fixture
def screen(browser_context: BrowserContext, live_server: LiveServer, owner: User) -> Page:
    session = signed_in(owner).cookies["sessionid"].value
    browser_context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    browser_context.set_default_timeout(10_000)
    return browser_context.new_page()


def test_ties_are_decided_by_keys_alone(screen: Page, live_server: LiveServer, corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, VOTES)
    screen.goto(f"{live_server.url}/c/clips/golden-sets/{closed.uid}/adjudicate/")
    expect(screen.locator(".case-stage h2")).to_have_text("Title 0")
    screen.keyboard.press("h")
    expect(screen.get_by_text("rater0").first).to_be_visible()
    screen.keyboard.press("g")
    screen.keyboard.press("d")
    screen.get_by_label("Note", exact=True).fill("1 and 2 are keys, but not in here")
    screen.keyboard.press("Escape")
    screen.keyboard.press("2")
    expect(screen.locator(".case-said")).to_contain_text("Title 0: Yes.")
    expect(screen.locator(".case-stage h2")).to_have_text("Title 1")
    label = GoldLabel.objects.get(source="adjudicated")
    assert (label.reason_tag, label.note) == ("definition_gap", "1 and 2 are keys, but not in here")
    assert Flag.objects.get(kind="definition").note == label.note
    screen.keyboard.press("Backspace")
    expect(screen.locator(".case-before")).to_contain_text("Decided before: Yes")
    screen.keyboard.press("u")
    expect(screen.locator(".case-said")).to_contain_text("Title 0: undecidable.")
    expect(screen.get_by_text("rater0").first).to_be_visible()  # names stay as they were left


def places(screen: Page) -> list[float]:
    """The upper edges of what is pressed to decide, px from the top of the window."""
    pressed = screen.locator(".case-act button, .case-why label")
    return [float(top) for top in pressed.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")]


def test_what_decides_stands_in_the_window_and_in_one_place(
    screen: Page, live_server: LiveServer, corpus: Corpus
) -> None:
    """Whatever was said of an item; on a phone too, where the rest scrolls."""
    closed = factories.closed_set(corpus, VOTES)
    talked_of = closed.rating_items.get(item__external_id="i001")
    for person in User.objects.filter(email__startswith="rater"):
        Flag.objects.create(rating_item=talked_of, rater=person, note="look again " * 60)
    for width, height in ((1280, 800), (390, 844)):
        screen.set_viewport_size({"width": width, "height": height})
        screen.goto(f"{live_server.url}/c/clips/golden-sets/{closed.uid}/adjudicate/")
        expect(screen.locator(".case-stage h2")).to_have_text("Title 0")
        for option in screen.locator(".case-act button").all():
            expect(option).to_be_in_viewport(ratio=0.99)
        before = places(screen)
        screen.keyboard.press("s")
        expect(screen.locator(".case-stage h2")).to_have_text("Title 1")
        assert places(screen)[-5:] == before[-5:]  # those that decide
        assert width == 390 or places(screen) == before


def test_figures_come_by_themselves_while_one_looks(screen: Page, live_server: LiveServer, corpus: Corpus) -> None:
    factories.items(corpus, 20)
    opened = factories.rating_set(factories.definition(corpus), size=20)
    first, second = factories.raters(corpus, 2)
    factories.rate_all(first, opened)
    screen.clock.install()
    screen.goto(f"{live_server.url}/c/clips/golden-sets/{opened.uid}/")
    tiles = screen.locator(".stats").first
    expect(tiles).to_contain_text("a single rater: agreement needs two")
    factories.rate_all(second, opened)
    screen.clock.run_for(31_000)
    expect(tiles).to_contain_text("1.000")
