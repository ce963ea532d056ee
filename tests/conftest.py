"""Fixtures that every test may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django import Settings

# Playwright's synchronous interface runs inside an event loop, in which Django refuses database access.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

pytest_plugins = ["tests.personas"]

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that drive a browser first: they take longest, and the short ones fill what is left of each worker's time."""
    drives = {item.path for item in items if "browser" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in drives)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file: Playwright's event loop must have ended before a test runs one of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("Chromium is not installed (apt-get install chromium): browser tests are left out")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def browser_context(browser: Browser) -> Iterator[BrowserContext]:
    """Cookies of its own for each test."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture
def page(browser_context: BrowserContext) -> Page:
    return browser_context.new_page()


@pytest.fixture
def own_data(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of the test's own; only the exported encoders are shared, which take seconds to make."""
    folder = tmp_path_factory.mktemp("data")
    encoders = Path(settings.LABELHUB_DATA) / "encoders"
    encoders.mkdir(exist_ok=True)
    (folder / "encoders").symlink_to(encoders)
    settings.LABELHUB_DATA = folder
    settings.MEDIA_ROOT = folder / "media"
    return folder
