"""The session ends with answers waiting, or the device goes to somebody else: each answer stays its owner's."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.models import Rating, RatingSet
from tests import factories
from tests.personas import signed_in
from tests.proxy import Fault, Proxy

from .helpers import STATE, current, give, open_screen, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
DIALOG = "#rate-sign-in"


@pytest.fixture
def screen_url(proxy: Proxy, opened: RatingSet) -> str:
    return f"{proxy.url}/c/clips/rate/{opened.uid}/"


def become(context: BrowserContext, person: User, live_server: LiveServer) -> None:
    session = signed_in(person).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])


def given_by(person: User) -> list[tuple[str, str]]:
    rows = Rating.objects.filter(rater=person).order_by("pk")
    return [(row.rating_item.item.title, row.level.key if row.level else row.reason) for row in rows]


def test_a_reply_lost_and_then_the_session_is_still_one_answer(screen: Page, proxy: Proxy, rater: User) -> None:
    proxy.fault("/submit/", Fault.DROP_AFTER)
    first = give(screen, "y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    Session.objects.all().delete()
    proxy.heal()
    second = give(screen, "n")
    expect(screen.locator(DIALOG)).to_be_visible()
    screen.locator(f"{DIALOG} [name=password]").fill(factories.PASSWORD)
    screen.keyboard.press("Enter")
    saved(screen)
    assert given_by(rater) == [(first, "yes"), (second, "no")]


def test_the_next_person_at_the_device_never_sends_what_the_first_one_left(
    screen: Page, proxy: Proxy, rater_context: BrowserContext, live_server: LiveServer, corpus: Corpus, rater: User,
    screen_url: str,
) -> None:  # fmt: skip
    proxy.fault("/submit/", Fault.DROP_BEFORE)
    waiting = give(screen, "y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    screen.goto("about:blank")
    proxy.heal()

    other = factories.member(corpus, Role.RATER, email="other@example.com")
    become(rater_context, other, live_server)
    open_screen(screen, screen_url)
    saved(screen)  # nothing of theirs waits
    expect(screen.locator(".recent")).to_have_count(0)
    theirs = press(screen, "n")
    assert given_by(other) == [(theirs, "no")]
    assert given_by(rater) == []

    become(rater_context, rater, live_server)
    open_screen(screen, screen_url)
    saved(screen)
    assert given_by(rater) == [(waiting, "yes")]
    assert given_by(other) == [(theirs, "no")]
    ready(screen)
    assert current(screen) != waiting


def test_a_tab_of_somebody_else_does_not_send_either(
    screen: Page, proxy: Proxy, rater_context: BrowserContext, live_server: LiveServer, corpus: Corpus, rater: User,
    screen_url: str,
) -> None:  # fmt: skip
    """Both screens stand open in one browser; the session is the other's."""
    proxy.fault("/submit/", Fault.DROP_BEFORE)
    waiting = give(screen, "y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    other = factories.member(corpus, Role.RATER, email="other@example.com")
    become(rater_context, other, live_server)
    proxy.heal()
    second = rater_context.new_page()
    open_screen(second, screen_url)
    theirs = press(second, "n")
    expect(screen.locator(STATE)).to_have_text("Signed out: 1 waiting")
    assert given_by(rater) == []
    become(rater_context, rater, live_server)
    screen.evaluate("dispatchEvent(new Event('focus'))")
    saved(screen)
    assert given_by(rater) == [(waiting, "yes")]
    assert given_by(other) == [(theirs, "no")]


class TestSignedInElsewhere:
    @pytest.fixture
    def asked(self) -> dict[str, Any]:
        return {"rationale_mode": RatingSet.Ask.OPTIONAL}

    def test_what_waits_goes_with_the_first_word_that_arrives(
        self, screen: Page, rater_context: BrowserContext, live_server: LiveServer, rater: User
    ) -> None:
        """Whatever reaches the server shows that the session is back: nobody needs to leave the screen and return."""
        ready(screen)
        Session.objects.all().delete()
        answered = give(screen, "y")
        screen.get_by_role("button", name="Later").click()
        expect(screen.locator(STATE)).to_have_text("Signed out: 1 waiting")
        become(rater_context, rater, live_server)
        screen.keyboard.press("w")
        screen.keyboard.type("a thought")
        saved(screen)
        assert given_by(rater) == [(answered, "yes")]
