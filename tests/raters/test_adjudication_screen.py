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
