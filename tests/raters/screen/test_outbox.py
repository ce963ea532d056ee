"""Answers that cannot be sent at once: nothing is lost, and the rater sees what waits and what was refused."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from raters.models import Rating, RatingSet

from .helpers import STATE, choose, current, give, in_force, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
CONFLICT = {"error": "conflict", "message": "You answered this item in another tab."}


def test_offline_one_goes_on_over_what_is_held_and_all_is_sent_when_it_is_back(
    screen: Page, rater_context: BrowserContext
) -> None:
    ready(screen)
    screen.wait_for_function("document.querySelectorAll('#rate-ahead .rate-held').length === 2")
    rater_context.set_offline(True)
    first = give(screen, "y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    second = choose(screen, "c", "#rate-cannot-tell", "1")
    ready(screen)
    third = current(screen)
    screen.keyboard.press("n")
    expect(screen.locator(STATE)).to_have_text("Offline: 3 waiting")
    expect(screen.locator(".rate-done")).to_contain_text("3 answers are kept on this device")
    expect(screen.locator(".rate-done")).to_contain_text("The next items come with the connection.")
    expect(screen.locator(".recent .pill-warn")).to_have_count(3)
    screen.keyboard.press("n")  # there is no item to answer now
    assert Rating.objects.count() == 0

    rater_context.set_offline(False)
    saved(screen)
    ready(screen)
    expect(screen.locator(".recent .pill-warn")).to_have_count(0)
    assert current(screen) not in (first, second, third)
    assert in_force() == {first: "yes", second: "missing", third: "no"}
    assert Rating.objects.count() == 3


def test_a_skip_and_a_flag_wait_too(screen: Page, rater_context: BrowserContext) -> None:
    ready(screen)
    rater_context.set_offline(True)
    screen.keyboard.press("f")
    screen.locator("#rate-flag-note").fill("whose voice?")
    screen.keyboard.press("Enter")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    skipped = choose(screen, "s", "#rate-skip", "2")
    expect(screen.locator(STATE)).to_have_text("Offline: 2 waiting")
    rater_context.set_offline(False)
    saved(screen)
    [answered] = RatingSet.objects.get().rating_items.filter(flags__note="whose voice?")
    assert answered.item.title == skipped
    assert answered.assignments.get().skip_reason == "language"


def test_an_answer_that_waits_is_sent_after_a_reload_and_not_asked_again(screen: Page) -> None:
    screen.route("**/submit/", lambda route: route.fulfill(status=503))
    answered = give(screen, "n")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    screen.unroute("**/submit/")
    screen.reload()
    saved(screen)
    ready(screen)
    assert current(screen) != answered
    assert in_force() == {answered: "no"}
    assert Rating.objects.count() == 1


def test_an_answer_whose_reply_was_lost_is_stored_once(screen: Page) -> None:
    keys: list[str] = []

    def lose(route: Route) -> None:
        keys.append(str(route.request.post_data_json["submission_key"]))
        if len(keys) == 1:
            route.fetch()  # the server has it
            return route.abort()
        return route.continue_()

    screen.route("**/submit/", lose)
    answered = give(screen, "y")
    saved(screen)
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert in_force() == {answered: "yes"}
    assert Rating.objects.count() == 1


def test_one_answer_over_which_the_server_fails_does_not_hold_up_the_others(screen: Page) -> None:
    seen: list[str] = []

    def fail_over_the_first(route: Route) -> None:
        assignment = str(route.request.post_data_json["assignment"])
        seen.append(assignment)
        route.fulfill(status=500) if assignment == seen[0] else route.continue_()

    screen.route("**/submit/", fail_over_the_first)
    title = give(screen, "y")
    second = give(screen, "n")
    expect(screen.locator(STATE)).to_have_text("Server trouble: 1 waiting")
    assert in_force() == {second: "no"}
    screen.unroute("**/submit/")
    saved(screen)
    assert in_force() == {title: "yes", second: "no"}


def test_a_refused_answer_is_shown_with_the_reason_and_kept(screen: Page) -> None:
    refuse = {"status": 409, "content_type": "application/json", "body": json.dumps(CONFLICT)}
    screen.route("**/submit/", lambda route: route.fulfill(**refuse))
    refused = give(screen, "y")
    expect(screen.locator("#rate-notice")).to_contain_text(f"Not accepted: Yes for {refused}. {CONFLICT['message']}")
    screen.unroute("**/submit/")
    second = press(screen, "n")
    expect(screen.locator("#rate-notice")).to_be_visible()  # it stays until it is closed
    screen.reload()
    ready(screen)
    screen.get_by_role("button", name="1 not accepted").click()
    row = screen.locator("#rate-refused li")
    expect(row).to_contain_text(refused)
    expect(row).to_contain_text("Yes")
    expect(row).to_contain_text(CONFLICT["message"])
    row.get_by_role("button").click()
    expect(screen.locator("#rate-refused")).to_be_hidden()
    expect(screen.locator("[data-rate=refused]")).to_be_hidden()
    assert in_force() == {second: "no"}


def test_a_late_answer_is_told(screen: Page, opened: RatingSet) -> None:
    ready(screen)
    late = current(screen)
    opened.rating_items.filter(item__title=late).update(overlap=1, counted=0, claimed=1)
    opened.rating_items.get(item__title=late).assignments.update(state="queued", lease_token=None, lease_until=None)
    opened.rating_items.filter(item__title=late).update(counted=1, claimed=0)
    screen.keyboard.press("y")
    expect(screen.locator("#rate-notice")).to_contain_text("Your answer came late: it is kept, but not counted.")
    expect(screen.locator(".recent").filter(has_text=late)).to_contain_text("not counted")
    assert Rating.objects.get().counted is False
