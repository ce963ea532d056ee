"""The server or its database is killed while a rater works: what the screen called saved is stored, the rest follows."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import BrowserContext, Page, expect

from labelhub import stack
from labelhub.embedded_postgres import EmbeddedPostgres
from labelhub.postgres.wheel import binaries
from raters.models import RatingSet
from tests.proxy import Proxy
from tests.served import APPLICATION_NAME, Served

from .helpers import STATE, TITLE, current, give, in_force, open_screen, ready

pytestmark = pytest.mark.django_db(transaction=True)
STORED = "SELECT i.title, l.key FROM raters_rating r JOIN raters_ratingitem ri ON ri.id = r.rating_item_id JOIN attributes_item i ON i.id = ri.item_id JOIN attributes_level l ON l.id = r.level_id ORDER BY r.id"
TERMINATE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %(name)s"
COMES_BACK = 40_000  # ms: a server starts in a few seconds, on a busy machine in many


@pytest.fixture
def screen_url(proxy: Proxy, opened: RatingSet) -> str:
    return f"{proxy.url}/c/clips/rate/{opened.uid}/"


@pytest.fixture(scope="module")
def gunicorn(django_db_setup: None) -> Iterator[Served]:
    made = Served.over_the_tests_database()
    try:
        made.start()
        yield made
    finally:
        made.kill()


@pytest.fixture
def served(gunicorn: Served, proxy: Proxy) -> Served:
    """gunicorn behind the proxy: the browser sees one place, whatever is killed behind it."""
    proxy.lead_to(("127.0.0.1", gunicorn.port))
    return gunicorn


def answer_held(screen: Page, key: str, *, times: int) -> dict[str, str]:
    said = {"y": "yes", "n": "no"}[key]
    return {give(screen, key): said for _ in range(times)}


def back(screen: Page) -> None:
    expect(screen.locator(STATE)).to_have_text("Saved", timeout=COMES_BACK)
    ready(screen)


def test_the_web_server_is_killed_and_started_again(
    served: Served, rater_context: BrowserContext, proxy: Proxy, screen_url: str
) -> None:
    screen = rater_context.new_page()
    open_screen(screen, screen_url)
    given = answer_held(screen, "y", times=1)
    back(screen)
    expect(screen.locator("#rate-ahead .rate-held")).to_have_count(2)
    with screen.expect_request("**/submit/"):
        given[current(screen)] = "no"
        screen.keyboard.press("n")
    served.kill()  # with the answer on its way
    given |= answer_held(screen, "y", times=1)
    expect(screen.locator(STATE)).to_contain_text("waiting")
    served.start()
    back(screen)
    given |= answer_held(screen, "n", times=1)
    back(screen)
    assert in_force() == given
    assert len(proxy.keys) == len(given)


def test_the_database_ends_every_connection_again_and_again(
    served: Served, rater_context: BrowserContext, proxy: Proxy, screen_url: str
) -> None:
    screen = rater_context.new_page()
    open_screen(screen, screen_url)
    given: dict[str, str] = {}
    ended = 0
    for _ in range(4):
        with connection.cursor() as cursor:
            cursor.execute(TERMINATE, {"name": APPLICATION_NAME})
            ended += cursor.rowcount
        ready(screen)
        given |= answer_held(screen, "y", times=1)
    back(screen)
    assert ended >= 2
    assert in_force() == given
    assert len(proxy.keys) == len(given)


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL that a test may kill; its data outlive it, as those of `make run` do."""
    with tempfile.TemporaryDirectory(prefix="lh-") as name:
        Path(name).chmod(0o711)
        server = EmbeddedPostgres(Path(name) / "tests")
        yield server
        server.attach()
        server.detach()


def filled(server: EmbeddedPostgres) -> EmbeddedPostgres:
    """Running, with a copy of the test's database. It is made without waiting for the disk, and run with."""
    made = EmbeddedPostgres(server.folder, throwaway=True)
    made.attach()
    copy_of_the_tests_database(made)
    made.detach()
    server.attach()
    return server


def copy_of_the_tests_database(to: EmbeddedPostgres) -> None:
    dump = [binaries() / "pg_dump", "--dbname", settings.EMBEDDED_POSTGRES.url(connection.settings_dict["NAME"])]
    made = subprocess.run(dump, check=True, capture_output=True).stdout
    subprocess.run(
        [binaries() / "psql", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", to.url()],
        input=made,
        check=True,
        capture_output=True,
    )


def postmaster(server: EmbeddedPostgres) -> int:
    return int((server.data / "postmaster.pid").read_text().split("\n")[0])


def used_by_all_workers(served: Served) -> None:
    """Each process of gunicorn has connections that the kill will break."""
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: stack.web_answers(served.port), range(24)))


def test_the_database_server_is_killed(
    own_server: EmbeddedPostgres, rater_context: BrowserContext, proxy: Proxy, screen_url: str
) -> None:
    served = Served(own_server.folder, "postgres")
    try:
        served.begin()
        filled(own_server)
        served.wait()
        proxy.lead_to(("127.0.0.1", served.port))
        screen = rater_context.new_page()
        open_screen(screen, screen_url)
        given = list(answer_held(screen, "y", times=1).items())
        back(screen)
        expect(screen.locator("#rate-ahead .rate-held")).to_have_count(2)
        used_by_all_workers(served)
        killed = postmaster(own_server)
        os.kill(killed, signal.SIGKILL)
        given += answer_held(screen, "n", times=2).items()
        back(screen)
        given += answer_held(screen, "y", times=1).items()
        back(screen)
        assert postmaster(own_server) != killed  # a worker that needed it has started it again
        with psycopg.connect(own_server.url()) as asked:
            assert sorted(asked.execute(STORED).fetchall()) == sorted(given)
    finally:
        proxy.end()
        served.kill()
    assert len(proxy.keys) == len(given)
    assert screen.locator(TITLE).is_visible()
