"""Back and forward, a reload in the middle, a browser that is closed or crashes: what waits is sent, nothing old comes again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from pytest_django.live_server_helper import LiveServer

from labelhub.accounts.models import User
from raters.models import Rating, RatingSet
from tests.conftest import CHROMIUM_FLAGS
from tests.personas import signed_in
from tests.proxy import Fault, Proxy

from .conftest import wait_for_silence
from .helpers import STATE, current, give, in_force, open_screen, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def screen_url(proxy: Proxy, opened: RatingSet) -> str:
    return f"{proxy.url}/c/clips/rate/{opened.uid}/"


def test_back_and_forward_never_bring_an_answered_item_again(screen: Page, proxy: Proxy) -> None:
    first = press(screen, "y")
    ready(screen)
    place = current(screen)
    screen.goto(f"{proxy.url}/c/clips/rate/")
    screen.go_back()
    ready(screen)
    assert current(screen) == place
    expect(screen.locator(".recent-title")).to_have_text([first])
    second = press(screen, "n")
    assert second == place
    screen.go_forward()
    screen.go_back()
    ready(screen)
    assert current(screen) not in {first, second}
    third = press(screen, "n")
    assert in_force() == {first: "yes", second: "no", third: "no"}
    assert Rating.objects.count() == 3
    assert set(proxy.keys.values()) == {1}


def test_leaving_while_an_answer_is_on_its_way_loses_nothing(screen: Page, proxy: Proxy) -> None:
    proxy.fault("/submit/", Fault.HANG)
    with screen.expect_request("**/submit/"):
        answered = give(screen, "y")
    screen.goto(f"{proxy.url}/c/clips/rate/")
    proxy.heal()
    assert Rating.objects.count() == 0
    screen.go_back()
    ready(screen)
    saved(screen)
    assert current(screen) != answered
    assert in_force() == {answered: "yes"}
    assert len(proxy.keys) == 1


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.DROP_AFTER])
def test_a_reload_in_the_middle_sends_what_waits_and_does_not_ask_it_again(
    screen: Page, proxy: Proxy, fault: Fault
) -> None:
    proxy.fault("/submit/", fault)
    with screen.expect_request("**/submit/"):
        first = give(screen, "y")
    second = give(screen, "n")
    proxy.heal()
    screen.reload()
    ready(screen)
    saved(screen)
    assert current(screen) not in {first, second}
    assert in_force() == {first: "yes", second: "no"}
    assert Rating.objects.count() == 2
    assert len(proxy.keys) == 2


@contextmanager
def a_browser_with_a_memory(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """As people have it: its storage outlives it."""
    kind = browser.browser_type
    where = {"executable_path": EXECUTABLE, "args": CHROMIUM_FLAGS}
    context = kind.launch_persistent_context(str(folder), **where)
    context.set_default_timeout(10_000)
    try:
        yield context
    finally:
        with suppress(Error):  # a test has killed it
            context.close()


EXECUTABLE = next(
    (str(path) for path in map(Path, ("/usr/bin/chromium", "/usr/bin/chromium-browser")) if path.exists()), ""
)


def crash(folder: Path) -> None:
    """Kill the main process of the browser that works in this folder."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if f"--user-data-dir={folder}" in arguments and not any(word.startswith("--type=") for word in arguments):
            os.kill(int(entry.name), signal.SIGKILL)
            return
    raise AssertionError("no such browser")


@pytest.mark.parametrize("ends", ["closed", "killed"])
def test_a_browser_that_ends_with_answers_waiting_sends_them_when_it_is_opened_again(
    browser: Browser, live_server: LiveServer, rater: User, proxy: Proxy, screen_url: str, tmp_path: Path, ends: str
) -> None:
    session = signed_in(rater).cookies["sessionid"].value
    cookie = {"name": "sessionid", "value": session, "url": live_server.url, "expires": time.time() + 3600}
    with a_browser_with_a_memory(browser, tmp_path) as context:
        context.add_cookies([cookie])
        page = context.new_page()
        open_screen(page, screen_url)
        expect(page.locator("#rate-ahead .rate-held")).to_have_count(2)
        proxy.stop()
        given = {give(page, "y"): "yes", give(page, "n"): "no"}
        expect(page.locator(STATE)).to_have_text("Offline: 2 waiting")
        if ends == "killed":
            crash(tmp_path)
    assert Rating.objects.count() == 0
    proxy.start()
    with a_browser_with_a_memory(browser, tmp_path) as context:
        context.add_cookies([cookie])
        page = context.new_page()
        open_screen(page, screen_url)
        saved(page)
        assert current(page) not in given
        assert in_force() == given
    proxy.end()
    wait_for_silence()
