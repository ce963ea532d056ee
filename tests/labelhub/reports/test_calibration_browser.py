"""The calibration report in a real browser: computed on the first visit, drawn under the strict policy."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Browser

from attributes.domain import corpora
from attributes.models import Role
from tests import factories
from tests.labelhub import builders
from tests.labelhub.reports.test_browser import signed_in_page


def test_the_first_visit_calibrates_and_draws(transactional_db: None, browser: Browser, live_server) -> None:
    corpus = corpora.get_or_create(slug="clips", name="Clips")
    rated = builders.rated_set(corpus)
    builders.annotate(rated, "good")
    analyst = factories.member(corpus, Role.ANALYST, email="analyst@example.com")
    problems: list[str] = []
    page = signed_in_page(browser, live_server, analyst, "dark", problems)
    page.goto(live_server.url + reverse("reports:calibration", args=["clips", rated.uid]))
    page.wait_for_selector("figure[data-chart=risk] .main-svg")
    assert page.locator("figure[data-chart]").count() == 3
    assert page.locator("figure[data-chart=reliability-level-1] .errorbar").count() > 0
    assert page.get_by_role("row", name="Platt").get_by_text("in use").is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert problems == []
    page.context.close()
