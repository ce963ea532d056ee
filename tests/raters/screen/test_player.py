"""The video of the rating screen, on real clips: its keys, what is remembered, evidence, and what does not play."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from attributes.domain import corpora
from attributes.domain.imports import ColumnMap, import_items
from attributes.models import Corpus, Media
from raters.models import Assignment, Rating

from .helpers import ITEMS, choose, current, give, next_item, open_screen, press, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
VIDEO = "#rate-item video"
CHIPS = "#rate-item .moments li"


def render(path: Path, shade: int) -> None:
    """Two seconds of one grey, growing lighter."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 112, "yuv420p"
        for i in range(20):
            picture = np.full((112, 64, 3), shade + 2 * i, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


@pytest.fixture
def corpus(transactional_db: None, tmp_path: Path) -> Corpus:
    made = corpora.get_or_create(slug="clips", name="Clips")
    rows = ["id,title,text,file"]
    for i in range(ITEMS):
        render(tmp_path / f"{i}.mp4", 30 * i)
        rows.append(f"v{i},Clip {i},Words of clip {i},{i}.mp4")
    (tmp_path / "items.csv").write_text("\n".join(rows) + "\n")
    columns = ColumnMap(id="id", title="title", text="text", file="file")
    import_items(corpus=made, path=tmp_path / "items.csv", columns=columns, media_dir=tmp_path)
    return made


def property_of(screen: Page, name: str) -> object:
    return screen.locator(VIDEO).evaluate(f"(video) => video.{name}")


def test_keys_of_the_player_and_what_is_remembered(screen: Page) -> None:
    video = screen.locator(VIDEO)
    expect(video).to_have_js_property("readyState", 4)
    expect(video).to_have_js_property("paused", False)
    screen.keyboard.press(" ")
    expect(video).to_have_js_property("paused", True)
    screen.keyboard.press("j")
    expect(video).to_have_js_property("currentTime", 0)
    screen.keyboard.press(".")
    assert property_of(screen, "currentTime") == pytest.approx(1 / 30, abs=0.01)
    screen.keyboard.press("l")
    assert property_of(screen, "currentTime") == pytest.approx(2, abs=0.1)
    screen.keyboard.press(">")
    screen.keyboard.press(">")
    expect(video).to_have_js_property("playbackRate", 1.5)
    was_muted = property_of(screen, "muted")  # before the first gesture the browser may have silenced it
    screen.keyboard.press("m")
    screen.keyboard.press("o")
    press(screen, "y")
    expect(video).to_have_js_property("playbackRate", 1.5)
    expect(video).to_have_js_property("muted", not was_muted)
    expect(video).to_have_js_property("loop", False)
    expect(screen.locator("#rate-item [data-player=loop]")).to_have_attribute("aria-pressed", "false")


def test_moments_are_marked_seen_removed_and_stored(screen: Page) -> None:
    expect(screen.locator(VIDEO)).to_have_js_property("readyState", 4)
    screen.keyboard.press(" ")
    before = screen.locator(VIDEO).bounding_box()
    for at in (1.52, 0.4, 1.0):
        screen.locator(VIDEO).evaluate("(video, at) => (video.currentTime = at)", at)
        screen.keyboard.press("e")
    expect(screen.locator(CHIPS)).to_have_text(["0:00.4", "0:01.0", "0:01.5"])
    assert screen.locator(VIDEO).bounding_box() == before  # the marks have their place
    screen.get_by_role("button", name="Remove the mark at 0:01.0").click()
    expect(screen.locator(CHIPS)).to_have_count(2)
    screen.get_by_role("button", name="Go to 0:00.4").click()
    assert property_of(screen, "currentTime") == pytest.approx(0.4, abs=0.01)
    answered = press(screen, "y")
    expect(screen.locator(CHIPS)).to_have_count(0)
    assert Rating.objects.get().evidence_ms == [400, 1520]
    screen.keyboard.press("Backspace")
    expect(screen.locator("#rate-item h2")).to_have_text(answered)
    expect(screen.locator(CHIPS)).to_have_text(["0:00.4", "0:01.5"])


def test_the_next_clip_is_fetched_once_and_ahead(rater_context: BrowserContext, screen_url: str) -> None:
    page = rater_context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/media/" in request.url else None)
    page.goto(screen_url)
    ready(page)
    for i in range(2):
        expect(page.locator("#rate-ahead video").nth(i)).to_have_js_property("readyState", 4)
    before = [url for url in fetched if not url.endswith("thumbnail/")]
    assert len(set(before)) == 3
    rater_context.set_offline(True)
    give(page, "y")
    expect(page.locator(VIDEO)).to_have_js_property("paused", False)
    expect(page.locator("#rate-item [data-broken]")).to_be_hidden()
    rater_context.set_offline(False)
    saved(page)


def test_what_comes_before_the_video_is_light(rater_context: BrowserContext, screen_url: str) -> None:
    page = rater_context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(screen_url)
    expect(page.locator(VIDEO)).to_have_js_property("readyState", 4)
    is_video = [re.search(r"/media/[^/]+/$", url) is not None for url in requests]
    before = requests[: is_video.index(True)]
    assert len(before) <= 12, before


def test_a_video_that_does_not_play_says_so_and_is_skipped(screen: Page, screen_url: str) -> None:
    screen.route("**/media/*/", lambda route: route.fulfill(status=404))
    open_screen(screen, screen_url)
    broken = current(screen)
    expect(screen.locator("#rate-item [data-broken]")).to_be_visible()
    screen.unroute("**/media/*/")
    screen.locator("#rate-item").get_by_role("button", name="Skip: it does not play").click()
    next_item(screen, broken)
    saved(screen)
    assert Assignment.objects.get(rating_item__item__title=broken).skip_reason == "media"
    assert Media.objects.count() == ITEMS


def test_who_wants_no_motion_starts_the_video_themselves(rater_context: BrowserContext, screen_url: str) -> None:
    page = rater_context.new_page()
    page.emulate_media(reduced_motion="reduce")
    open_screen(page, screen_url)
    expect(page.locator(VIDEO)).to_have_js_property("readyState", 4)
    expect(page.locator(VIDEO)).to_have_js_property("paused", True)
    page.keyboard.press(" ")
    expect(page.locator(VIDEO)).to_have_js_property("paused", False)
    choose(page, "s", "#rate-skip", "1")
