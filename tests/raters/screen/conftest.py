"""A rater's place in Chromium: a live server and the rating screen open at its first item.

Items are texts, which cost nothing to make; the tests of the player bring clips (`test_player.py`).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.domain import corpora
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.domain.controls import Controls
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in
from tests.proxy import Proxy

from .helpers import ITEMS, open_screen

EXPECTED_IN_CONSOLE = ("Failed to load resource",)  # the browser's own line about a request that a test made fail


@pytest.fixture
def corpus(transactional_db: None) -> Corpus:
    made = corpora.get_or_create(slug="clips", name="Clips")
    factories.items(made, ITEMS, title="Clip {i}", text="Words of clip {i}")
    return made


@pytest.fixture
def rater(corpus: Corpus) -> User:
    return factories.member(corpus, Role.RATER, email="rater@example.com")


@pytest.fixture
def asked() -> dict[str, Any]:
    """How the set asks: tests override what they are about."""
    return {"rationale_mode": RatingSet.Ask.OFF}


@pytest.fixture
def opened(corpus: Corpus, asked: dict[str, Any]) -> RatingSet:
    calmly = {"controls": Controls(rushed_below_ms=0)}  # tests answer fast
    return factories.rating_set(factories.definition(corpus), size=ITEMS, **calmly | asked)


@pytest.fixture
def proxy(live_server: LiveServer) -> Iterator[Proxy]:
    """A connection to the server that fails when it is told to; tests of faults lead `screen_url` through it."""
    made = Proxy(("127.0.0.1", live_server.thread.port))
    yield made
    made.end()


@pytest.fixture
def screen_url(live_server: LiveServer, opened: RatingSet) -> str:
    return f"{live_server.url}/c/clips/rate/{opened.uid}/"


@pytest.fixture
def rater_context(browser_context: BrowserContext, live_server: LiveServer, rater: User) -> Iterator[BrowserContext]:
    """The rater, signed in. Nothing may be under way in the database when its tables are emptied."""
    session = signed_in(rater).cookies["sessionid"].value
    browser_context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    browser_context.set_default_timeout(20_000)
    expect.set_options(timeout=15_000)  # other work may keep the machine busy
    yield browser_context
    for page in browser_context.pages:
        page.evaluate("navigator.sendBeacon = () => true")  # what it would give back may come while tables are emptied
        page.close()
    wait_for_silence()


def wait_for_silence() -> None:
    """Until no other connection has been at work for a moment: requests of a closed page are still served."""
    busy = """SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"""
    silent = 0
    for _ in range(600):
        with connection.cursor() as cursor:
            cursor.execute(busy)
            [(at_work,)] = cursor.fetchall()
        silent = 0 if at_work else silent + 1
        if silent == 5:
            return
        time.sleep(0.01)


@pytest.fixture
def screen(rater_context: BrowserContext, screen_url: str) -> Iterator[Page]:
    """The rating screen with its first item; at the end no error may have been written to the console."""
    page = rater_context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    open_screen(page, screen_url)
    yield page
    assert [error for error in errors if not error.startswith(EXPECTED_IN_CONSOLE)] == []
