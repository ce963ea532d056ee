"""Where things stand on the rating screen: what is needed is in view, and nothing moves that may be pressed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from attributes.models import Corpus
from raters.models import RatingSet
from tests import factories

from .helpers import current, next_item, press, ready

pytestmark = pytest.mark.django_db(transaction=True)
ACTIONS = ("save", "cannot-tell", "skip", "flag", "undo")
GRADES = ("None", "Mild", "Lively", "Intense")
WHY = "#rate-rationale"


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"rationale_mode": RatingSet.Ask.REQUIRED, "confidence_mode": RatingSet.Ask.OPTIONAL}


@pytest.fixture
def opened(corpus: Corpus, asked: dict[str, Any]) -> RatingSet:
    meaning = "Clearly animated for most of its length. People laugh, play, argue, stumble or show off with drive."
    levels = [{"key": grade.lower(), "label": grade, "meaning": meaning} for grade in GRADES]
    definition = factories.definition(corpus, scale="ordinal", levels=levels, includes=["a race"] * 20)
    return factories.rating_set(definition, size=7, name="Clips of the harbour and its two lighthouses", **asked)


def place(found: Locator) -> FloatRect:
    box = found.bounding_box()
    assert box is not None
    return box


def actions(screen: Page) -> dict[str, FloatRect]:
    return {name: place(screen.locator(f"[data-rate={name}]")) for name in ACTIONS}


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1280, 720), (1100, 800), (1024, 700), (820, 1180)])
def test_what_can_be_done_is_in_view_and_does_not_move(screen: Page, width: int, height: int) -> None:
    screen.set_viewport_size({"width": width, "height": height})
    ready(screen)
    before = actions(screen)
    assert max(box["y"] + box["height"] for box in before.values()) <= height
    assert max(box["x"] + box["width"] for box in before.values()) <= width
    assert len({box["y"] for name, box in before.items() if name != "save"}) == 1  # in one row
    screen.keyboard.press("2")
    expect(screen.locator("#rate-notice")).to_contain_text("say why")
    assert actions(screen) == before
    field, said = place(screen.locator(".rate-extra .field")), place(screen.locator("#rate-notice"))
    assert field["y"] >= place(screen.locator(".rate-bar"))["height"]
    assert field["y"] + field["height"] <= said["y"]
    assert said["y"] + said["height"] <= before["save"]["y"]


@pytest.mark.parametrize(("width", "height"), [(1100, 800), (1024, 700)])
def test_where_the_definition_stands_below_a_key_leads_there_and_back(screen: Page, width: int, height: int) -> None:
    screen.set_viewport_size({"width": width, "height": height})
    ready(screen)
    statement, question = screen.locator(".rate-statement"), screen.locator(".rate-ask h1")
    expect(statement).not_to_be_in_viewport()
    screen.keyboard.press("d")
    expect(statement).to_be_in_viewport(ratio=1)
    expect(screen.locator("#rate-definition")).to_be_visible()
    screen.keyboard.press("d")
    expect(question).to_be_in_viewport(ratio=1)
    screen.keyboard.press("d")
    expect(screen.locator("#rate-definition")).to_be_visible()
    title = current(screen)
    screen.keyboard.press("1")
    screen.keyboard.type("calm")
    screen.keyboard.press("Enter")
    next_item(screen, title)
    expect(question).to_be_in_viewport(ratio=1)


def test_the_help_under_why_says_what_enter_does_now(screen: Page) -> None:
    ready(screen)
    help_ = screen.locator("#rate-rationale-keys")
    expect(help_).to_have_text("Enter keeps it. Shift+Enter begins a new line.")
    screen.keyboard.press("2")
    expect(help_).to_have_text("Enter saves. Shift+Enter begins a new line.")


def test_on_a_phone_no_key_is_asked_for(screen: Page) -> None:
    screen.set_viewport_size({"width": 390, "height": 844})
    ready(screen)
    screen.locator("[data-level=mild]").click()
    expect(screen.locator("#rate-notice")).to_have_text("Mild is chosen, not saved yet: say why, then press Save.")


class TestWithoutReasons:
    @pytest.fixture
    def asked(self) -> dict[str, Any]:
        return {"rationale_mode": RatingSet.Ask.OFF}

    def test_a_key_switches_whether_an_answer_goes_on(self, screen: Page) -> None:
        ready(screen)
        title = current(screen)
        screen.keyboard.press("a")
        expect(screen.locator("#rate-auto")).not_to_be_checked()
        screen.keyboard.press("2")
        expect(screen.locator("[data-level=mild]")).to_have_attribute("aria-pressed", "true")
        assert current(screen) == title
        screen.keyboard.press("Enter")
        next_item(screen, title)
        screen.keyboard.press("a")
        press(screen, "1")

    def test_on_a_phone_no_keys_are_shown(self, screen: Page) -> None:
        screen.set_viewport_size({"width": 390, "height": 844})
        ready(screen)
        for name in ("skip", "flag"):
            screen.locator(f"[data-rate={name}]").click()
            dialog = screen.locator(f"#rate-{name}")
            expect(dialog).to_be_visible()
            assert [cap for cap in dialog.locator("kbd, .help").all() if cap.is_visible()] == []
            screen.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
