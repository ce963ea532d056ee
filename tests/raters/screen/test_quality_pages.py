"""Quality in the work in Chromium, around the rating screen: the owner asks for it, the rater sees what came of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, expect
from pytest_django.live_server_helper import LiveServer

from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.domain import gold, sets
from raters.models import Exposure, RatingSet
from tests import factories
from tests.personas import signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def sign_in(context: BrowserContext, server: LiveServer, person: User) -> None:
    session = signed_in(person).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])


def test_from_a_qualification_to_the_set_that_asks_for_it(
    live_server: LiveServer, browser_context: BrowserContext, corpus: Corpus, rater: User
) -> None:
    factories.definition(corpus)
    factories.items_more(corpus, ("c1", "c2"))
    sign_in(browser_context, live_server, factories.member(corpus, Role.OWNER))
    page = browser_context.new_page()
    page.goto(f"{live_server.url}/c/clips/golden-sets/new-qualification/")
    page.get_by_label("Name").fill("What calming means")
    page.get_by_label("Or pasted").fill("c1, yes, includes.7")
    page.get_by_role("button", name="Make the qualification").click()
    expect(page.get_by_text("line 1: the definition has no clause 'includes.7'")).to_be_visible()
    page.get_by_label("Or pasted").fill("c1, yes, includes.0, slow\nc2, no, excludes.0")
    page.get_by_role("button", name="Make the qualification").click()
    page.get_by_role("button", name="Open for rating").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Open for rating").click()
    expect(page.get_by_text("Nobody has begun")).to_be_visible()

    page.goto(f"{live_server.url}/c/clips/golden-sets/new/")
    page.get_by_label("Name").fill("Asks first")
    page.get_by_label("Items", exact=True).fill("4")
    expect(page.get_by_label("Qualification")).to_be_hidden()
    page.get_by_text("Advanced: quality of the work").click()
    page.get_by_label("Qualification").select_option(index=1)
    page.get_by_role("button", name="Draw the items").click()
    made = RatingSet.objects.get(name="Asks first")
    assert made.qualification is not None
    sets.open_for_rating(rating_set=made, actor=None)

    sign_in(browser_context, live_server, rater)
    page.goto(f"{live_server.url}/c/clips/rate/")
    expect(page.get_by_text("What calming means is next: 2 items for you.")).to_be_visible()
    expect(page.get_by_text("Pass the qualification What calming means first.")).to_be_visible()
    page.get_by_role("link", name="What calming means").last.click()
    expect(page.locator("#rate")).to_have_attribute("data-ready", "true")


def test_where_a_rater_differed_is_shown_on_demand(
    live_server: LiveServer, browser_context: BrowserContext, corpus: Corpus
) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": "nyy" for i in range(7)}, size=7)
    gold.freeze(rating_set=closed, actor=None)
    sign_in(browser_context, live_server, User.objects.get(email="rater0@example.com"))
    page = browser_context.new_page()
    page.goto(f"{live_server.url}/c/clips/rate/")
    page.get_by_role("link", name="Where I differed").click()
    expect(page.get_by_text("0 of your 7 answers")).to_be_visible()
    expect(page.get_by_text("You said")).to_have_count(0)
    page.get_by_role("button", name="Show me").click()
    expect(page.get_by_text("You said").first).to_be_visible()
    assert Exposure.objects.filter(kind="gold").count() == page.get_by_text("You said").count()


def test_a_new_set_says_at_once_what_it_gives_and_how_many_items_a_wish_takes(
    live_server: LiveServer, browser_context: BrowserContext, corpus: Corpus
) -> None:
    factories.definition(corpus)
    factories.items_more(corpus, [f"d{i}" for i in range(60)])
    n = corpus.items.count()
    sign_in(browser_context, live_server, factories.member(corpus, Role.OWNER))
    page = browser_context.new_page()
    page.goto(f"{live_server.url}/c/clips/golden-sets/new/")
    page.get_by_label("Items", exact=True).fill("20")
    expect(page.get_by_text(f"{n} items", exact=True)).to_be_visible()
    expect(page.get_by_text("60 ratings, 15")).to_be_visible()
    page.get_by_label("Width, points").fill("35")
    page.get_by_role("button", name="Take").first.click()
    expect(page.get_by_label("Items", exact=True)).not_to_have_value("20")
    expect(page.get_by_label("Groups")).to_be_hidden()
    page.get_by_text("Diverse", exact=True).click()
    expect(page.get_by_label("Groups")).to_be_visible()
    expect(page.get_by_text("no item of the corpus has an embedding yet")).to_be_visible()
