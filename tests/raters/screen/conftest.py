"""A rater's place in Chromium: real clips, a live server, the rating screen open at its first item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.domain import corpora
from attributes.domain.imports import ColumnMap, import_items
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.models import RatingSet
from tests import factories
from tests.personas import signed_in

from .helpers import ITEMS, first_item

EXPECTED_IN_CONSOLE = ("Failed to load resource",)  # the browser's own line about a request that a test made fail


def render(path: Path, shade: int) -> None:
    """Two seconds of one grey, growing lighter."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 112, "yuv420p"
        for i in range(20):
            picture = np.full((112, 64, 3), shade + 2 * i, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a clip for each item and the table that names them."""
    folder = tmp_path_factory.mktemp("clips")
    rows = ["id,title,text,file"]
    for i in range(ITEMS):
        render(folder / f"{i}.mp4", 30 * i)
        rows.append(f"v{i},Clip {i},Words of clip {i},{i}.mp4")
    (folder / "items.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def corpus(transactional_db: None, clips: Path) -> Corpus:
    made = corpora.get_or_create(slug="clips", name="Clips")
    columns = ColumnMap(id="id", title="title", text="text", file="file")
    import_items(corpus=made, path=clips / "items.csv", columns=columns, media_dir=clips)
    return made


@pytest.fixture
def rater(corpus: Corpus) -> User:
    return factories.member(corpus, Role.RATER, email="rater@example.com")


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    return factories.rating_set(factories.definition(corpus), size=ITEMS, rationale_mode=RatingSet.Ask.OFF)


@pytest.fixture
def screen_url(live_server: LiveServer, opened: RatingSet) -> str:
    return f"{live_server.url}/c/clips/rate/{opened.uid}/"


@pytest.fixture
def browser_context(browser_context: BrowserContext, live_server: LiveServer, rater: User) -> BrowserContext:
    """Signed in as the rater."""
    session = signed_in(rater).cookies["sessionid"].value
    browser_context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    browser_context.set_default_timeout(10_000)
    return browser_context


@pytest.fixture
def screen(page: Page, screen_url: str) -> Iterator[Page]:
    """The rating screen with its first item; at the end no error may have been written to the console."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(screen_url)
    first_item(page)
    yield page
    assert [error for error in errors if not error.startswith(EXPECTED_IN_CONSOLE)] == []
