"""A qualification on the rating screen: what was right comes before the next item."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from attributes.models import Corpus
from raters.domain import qualifications, sets
from raters.domain.keyed import Source
from raters.models import Rating, RatingSet
from tests import factories

from .helpers import STATE, TITLE, current, next_item, ready

pytestmark = pytest.mark.django_db(transaction=True)
FEEDBACK = "#rate-feedback"


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    lines = "i000, yes, includes.1\ni001, yes, includes.1"
    lesson = qualifications.create(
        definition=factories.definition(corpus), name="Lesson", source=Source(lines=lines), pass_mark=0.5
    )
    return sets.open_for_rating(rating_set=lesson, actor=None)


def test_what_was_right_is_read_before_enter_goes_on(screen: Page) -> None:
    answered = current(screen)
    screen.keyboard.press("n")
    expect(screen.locator(FEEDBACK)).to_contain_text("Not right: the answer is Yes.")
    expect(screen.locator(FEEDBACK)).to_contain_text("soft, even sound")
    expect(screen.locator(".answers")).to_be_hidden()
    expect(screen.get_by_role("button", name="Go on")).to_be_focused()
    expect(screen.locator(TITLE)).to_have_text(answered)
    screen.keyboard.press("y")  # nothing to answer now
    screen.keyboard.press("Enter")
    next_item(screen, answered)
    expect(screen.locator(FEEDBACK)).to_be_hidden()
    ready(screen)
    screen.keyboard.press("y")
    expect(screen.locator(FEEDBACK)).to_contain_text("Passed: 1 of 2 right.")
    screen.keyboard.press("Enter")
    expect(screen.locator("#rate")).to_have_attribute("data-state", "empty")
    assert sorted(Rating.objects.values_list("level__key", flat=True)) == ["no", "yes"]


def test_an_answer_needs_no_second_press_where_that_is_switched_off_elsewhere(screen: Page) -> None:
    screen.evaluate("localStorage.setItem('labelhub-auto', 'false')")  # in a set, where the switch can be seen
    screen.reload()
    ready(screen)
    screen.keyboard.press("y")
    expect(screen.locator(FEEDBACK)).to_contain_text("Right: Yes.")


def test_without_connection_it_waits_for_what_was_right(screen: Page, rater_context: BrowserContext) -> None:
    ready(screen)
    answered = current(screen)
    rater_context.set_offline(True)
    screen.keyboard.press("y")
    expect(screen.locator(STATE)).to_have_text("Offline: 1 waiting")
    expect(screen.locator(TITLE)).to_have_text(answered)
    rater_context.set_offline(False)
    expect(screen.locator(FEEDBACK)).to_contain_text("Right: Yes.")
    screen.get_by_role("button", name="Go on").click()
    next_item(screen, answered)
