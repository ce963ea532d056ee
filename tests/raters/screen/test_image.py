"""Pictures to rate: seen whole, fetched ahead, and the keys of the video do nothing to them."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from attributes.domain import corpora
from attributes.domain.imports import ColumnMap, import_items
from attributes.models import Corpus
from raters.models import Rating

from .helpers import ITEMS, current, give, in_force, ready, saved

pytestmark = pytest.mark.django_db(transaction=True)
PICTURE = "#rate-item .rate-stage img"
AHEAD = "#rate-ahead img"
VIDEO_KEYS = (" ", "j", "l", ",", ".", "<", ">", "m", "o", "e")
LOOKS = [(1280, 800), (820, 1180), (390, 844)]


@pytest.fixture
def corpus(transactional_db: None, tmp_path: Path) -> Corpus:
    """Wide and tall pictures by turns, larger than the stage."""
    made = corpora.get_or_create(slug="clips", name="Clips")
    for name, size in (("wide.png", (1600, 500)), ("tall.png", (500, 1600))):
        Image.new("RGB", size, (30, 90, 160)).save(tmp_path / name)
    files = [("wide.png", "tall.png")[i % 2] for i in range(ITEMS)]
    rows = ["id,title,text,file", *(f"p{i},Picture {i},Words of picture {i},{files[i]}" for i in range(ITEMS))]
    (tmp_path / "items.csv").write_text("\n".join(rows) + "\n")
    columns = ColumnMap(id="id", title="title", text="text", file="file")
    import_items(corpus=made, path=tmp_path / "items.csv", columns=columns, media_dir=tmp_path)
    return made


def is_seen_whole(screen: Page) -> None:
    """Loaded, inside its stage, and neither cut nor out of shape."""
    expect(screen.locator(PICTURE)).to_have_js_property("complete", True)
    expect(screen.locator(PICTURE)).to_have_css("object-fit", "contain")
    picture, stage = screen.locator(PICTURE).bounding_box(), screen.locator("#rate-item .rate-stage").bounding_box()
    assert picture
    assert stage
    assert stage["x"] <= picture["x"]
    assert picture["x"] + picture["width"] <= stage["x"] + stage["width"]
    assert stage["y"] <= picture["y"]
    assert picture["y"] + picture["height"] <= stage["y"] + stage["height"]
    expect(screen.locator("#rate-item h2")).to_be_in_viewport(ratio=1)


def test_it_is_seen_whole_and_has_no_player(screen: Page) -> None:
    shapes = set()
    while len(shapes) < 2:
        ready(screen)
        shapes.add(screen.locator(PICTURE).evaluate("(img) => img.naturalWidth > img.naturalHeight"))
        for width, height in LOOKS:
            screen.set_viewport_size({"width": width, "height": height})
            is_seen_whole(screen)
        give(screen, "y")
    expect(screen.locator("#rate-item [data-player-bar]")).to_have_count(0)


def test_keys_of_the_video_do_nothing_and_the_next_ones_are_there_offline(
    screen: Page, rater_context: BrowserContext
) -> None:
    ready(screen)
    title = current(screen)
    for key in VIDEO_KEYS:
        screen.keyboard.press(key)
    assert current(screen) == title
    expect(screen.locator("#rate-notice")).to_be_hidden()
    expect(screen.locator(AHEAD)).to_have_count(2)
    for i in range(2):
        expect(screen.locator(AHEAD).nth(i)).to_have_js_property("complete", True)
    rater_context.set_offline(True)
    said = {give(screen, "y"): "yes"}
    is_seen_whole(screen)
    assert screen.locator(PICTURE).evaluate("(img) => img.naturalWidth") > 0
    rater_context.set_offline(False)
    saved(screen)
    assert in_force() == said == {title: "yes"}
    assert Rating.objects.get().evidence_ms == []
