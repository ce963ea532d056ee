"""A handful of raters at the same few items at once: each item ends with as many answers as were asked, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from attributes.models import Corpus
from raters.models import Rating, RatingSet
from tests import factories
from tests.personas import signed_in

from .conftest import wait_for_silence

pytestmark = pytest.mark.django_db(transaction=True)
RATERS = 4
ITEMS = 5
OVERLAP = 2


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    return factories.rating_set(factories.definition(corpus), size=ITEMS, overlap=OVERLAP)


@pytest.fixture
def screens(browser: Browser, live_server: LiveServer, corpus: Corpus, opened: RatingSet) -> Iterator[list[Page]]:
    """A browser of their own for each rater, all at the first item."""
    pages = []
    with ExitStack() as contexts:
        for person in factories.raters(corpus, RATERS):
            context = browser.new_context()
            contexts.callback(context.close)
            session = signed_in(person).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
            pages.append(context.new_page())
            pages[-1].goto(f"{live_server.url}/c/clips/rate/{opened.uid}/")
        yield pages
    wait_for_silence()


def state(page: Page) -> str:
    return page.locator("#rate").get_attribute("data-state") or ""


def test_each_item_gets_as_many_answers_as_were_asked(screens: list[Page]) -> None:
    ended = False
    while not ended:
        for page in screens:
            page.keyboard.press("y")
        ended = all(state(page) == "empty" for page in screens)
    given = Rating.objects.filter(counted=True).values_list("rating_item", "rater")
    assert Counter(item for item, _ in given) == dict.fromkeys(dict(given), OVERLAP)
    assert len({item for item, _ in given}) == ITEMS
    assert len(set(given)) == len(given) == Rating.objects.count() == ITEMS * OVERLAP
