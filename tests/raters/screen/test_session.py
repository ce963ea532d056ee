"""The session ends in the middle of the work: the rater signs in over the screen, and what waited is sent."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.models import Corpus, Role
from raters.models import Rating
from tests import factories
from tests.personas import signed_in

from .helpers import STATE, give, in_force, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
DIALOG = "#rate-sign-in"


def sign_in(screen: Page, password: str) -> None:
    screen.locator(f"{DIALOG} [name=password]").fill(password)
    screen.keyboard.press("Enter")


def test_after_signing_in_over_the_screen_the_answer_is_sent(screen: Page) -> None:
    ready(screen)
    Session.objects.all().delete()
    answered = give(screen, "y")
    expect(screen.locator(DIALOG)).to_be_visible()
    expect(screen.locator(DIALOG)).to_contain_text("Your session has ended. Your answer is kept on this device.")
    expect(screen.locator(STATE)).to_have_text("Signed out: 1 waiting")
    expect(screen.locator(f"{DIALOG} [name=login]")).to_have_value("rater@example.com")
    expect(screen.locator(f"{DIALOG} [name=password]")).to_be_focused()

    sign_in(screen, "not my password")
    expect(screen.locator(f"{DIALOG} [data-error]")).to_contain_text("not correct")
    sign_in(screen, factories.PASSWORD)
    expect(screen.locator(DIALOG)).to_be_hidden()
    saved(screen)
    assert in_force() == {answered: "yes"}
    second = press(screen, "n")
    assert in_force() == {answered: "yes", second: "no"}


def test_it_can_wait(screen: Page) -> None:
    ready(screen)
    Session.objects.all().delete()
    first = give(screen, "y")
    expect(screen.locator(DIALOG)).to_be_visible()
    screen.get_by_role("button", name="Later").click()
    second = give(screen, "n")
    expect(screen.locator(STATE)).to_have_text("Signed out: 2 waiting")
    expect(screen.locator(DIALOG)).to_be_hidden()
    screen.get_by_role("button", name="Sign in").click()
    sign_in(screen, factories.PASSWORD)
    saved(screen)
    assert in_force() == {first: "yes", second: "no"}


def test_answers_are_never_sent_as_somebody_else(
    screen: Page, rater_context: BrowserContext, live_server: LiveServer, corpus: Corpus
) -> None:
    ready(screen)
    other = factories.member(corpus, Role.RATER, email="other@example.com")
    session = signed_in(other).cookies["sessionid"].value
    rater_context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    answered = give(screen, "y")
    expect(screen.locator(DIALOG)).to_contain_text("Somebody else is signed in here now.")
    expect(screen.locator(STATE)).to_have_text("Signed out: 1 waiting")
    assert Rating.objects.count() == 0
    sign_in(screen, factories.PASSWORD)
    saved(screen)
    assert in_force() == {answered: "yes"}
    assert Rating.objects.get().rater.email == "rater@example.com"
