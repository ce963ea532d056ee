"""The same answer many times, and one rater in two places: one answer for each item, and a second one is never silent."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from labelhub.accounts.models import User
from raters.models import Assignment, Rating, RatingSet
from tests.personas import signed_in

from .helpers import TITLE, choose, current, in_force, next_item, open_screen, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
POSTS = 50
TOKEN = "a" * 32  # a CSRF secret as the cookie carries it


def test_fifty_posts_of_one_key_at_once_store_one_answer(
    live_server: LiveServer, opened: RatingSet, rater: User
) -> None:
    path = f"/c/clips/rate/{opened.uid}/"
    held = Client(headers={"host": "localhost"})
    held.force_login(rater)
    item = held.post(f"{path}claim/").json()["items"][0]
    fields = {
        "assignment": item["assignment"], "token": item["token"], "answer": "level", "level": "yes",
        "submission_key": str(uuid.uuid4()), "csrfmiddlewaretoken": TOKEN,
    }  # fmt: skip
    cookie = f"sessionid={held.cookies['sessionid'].value}; csrftoken={TOKEN}"
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    one_by_one, together = threading.Lock(), threading.Barrier(POSTS)

    def post(_: int) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("localhost", live_server.thread.port, timeout=60)
        with one_by_one:  # the live server queues few connections that it has not taken
            connection.connect()
            time.sleep(0.01)
        together.wait()
        connection.request("POST", f"{path}submit/", urlencode(fields), headers)
        reply = connection.getresponse()
        said = reply.status, json.loads(reply.read())
        connection.close()
        return said

    with ThreadPoolExecutor(POSTS) as pool:
        replies = list(pool.map(post, range(POSTS)))
    assert {status for status, _ in replies} == {200}
    assert len({json.dumps(reply, sort_keys=True) for _, reply in replies}) == 1
    assert replies[0][1]["saved"] == {"submission_key": fields["submission_key"], "counted": True}
    assert Rating.objects.count() == 1
    assert sorted(opened.rating_items.values_list("counted", "claimed"))[-4:] == [(0, 1), (0, 1), (0, 1), (1, 0)]


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, rater: User, screen: Page, screen_url: str) -> Page:
    """The same rater in a browser that knows nothing of the first one."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    session = signed_in(rater).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    open_screen(page, screen_url)
    return page


def test_a_second_answer_from_another_device_is_told_and_replaces_nothing(screen: Page, phone: Page) -> None:
    title = current(screen)
    assert current(phone) == title
    press(phone, "n")
    phone.context.close()
    ready(screen)
    screen.keyboard.press("y")
    expect(screen.locator("#rate-notice")).to_contain_text(
        f"Not accepted: Yes for {title}. You have answered this item"
    )
    next_item(screen, title)
    assert in_force() == {title: "no"}
    screen.get_by_role("button", name="1 not accepted").click()
    expect(screen.locator("#rate-refused li")).to_contain_text("Yes")
    screen.keyboard.press("Escape")
    second = press(screen, "y")
    assert in_force() == {title: "no", second: "yes"}


def test_two_devices_hold_one_line_and_leave_no_item_out(screen: Page, phone: Page) -> None:
    first = press(phone, "n")
    second = press(phone, "y")
    screen.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")  # it is looked at again
    expect(screen.locator(TITLE)).not_to_have_text(first)
    assert current(screen) not in {first, second}
    assert current(screen) == current(phone)
    third = press(screen, "y")
    assert in_force() == {first: "no", second: "yes", third: "yes"}
    assert Assignment.objects.filter(state="leased").count() == 3
    phone.context.close()


def test_skipped_here_and_answered_there_loses_neither(screen: Page, phone: Page) -> None:
    title = current(phone)
    press(phone, "n")
    assert choose(screen, "s", "#rate-skip", "1") == title
    expect(screen.locator("#rate-notice")).to_contain_text(
        f"Not accepted: Skipped: The media does not play for {title}."
    )
    phone.context.close()
    saved(screen)
    assert in_force() == {title: "no"}
