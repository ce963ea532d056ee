"""Answers that came too fast to count for much: the rater is told, once, and nothing moves for it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from raters.domain.controls import Controls
from raters.models import RatingSet

from .helpers import choose, give, press, ready

pytestmark = pytest.mark.django_db(transaction=True)
NOTICE = "#rate-notice"
AN_HOUR_MS = 3_600_000


@pytest.fixture
def asked() -> dict[str, Any]:
    return {"rationale_mode": RatingSet.Ask.OFF, "controls": Controls(rushed_below_ms=AN_HOUR_MS)}


def test_after_a_few_in_a_row_it_is_told_once(screen: Page) -> None:
    ready(screen)
    answers = screen.locator(".answers").bounding_box()
    give(screen, "y")
    choose(screen, "s", "#rate-skip", "4")  # gives no answer
    give(screen, "n")
    expect(screen.locator(NOTICE)).to_be_hidden()
    give(screen, "y")
    expect(screen.locator(NOTICE)).to_contain_text("Your last 3 answers came sooner than an item can be looked at")
    assert screen.locator(".answers").bounding_box() == answers
    screen.get_by_role("button", name="Close the notice").click()
    expect(screen.locator(NOTICE)).to_be_hidden()
    screen.reload()
    for key in "yny":
        press(screen, key)
    ready(screen)
    expect(screen.locator(NOTICE)).to_be_hidden()
