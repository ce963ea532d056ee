"""The report of machines against humans in a real browser, under the strict content security policy."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, Page

from attributes.domain import corpora
from attributes.models import Role
from labelhub.accounts.models import User
from labelhub.reports.domain import comparisons
from tests import console, factories
from tests.labelhub import builders


@pytest.fixture
def report(transactional_db: None) -> tuple[User, str]:
    """An analyst and the address of an evaluation with two machines and a student."""
    corpus = corpora.get_or_create(slug="clips", name="Clips")
    rated = builders.rated_set(corpus)
    builders.annotate(rated, "good")
    builders.annotate(rated, "poor", always="no")
    builders.student(rated)
    evaluation = comparisons.create(rating_set=rated, split="dev", reference="leave_one_out")
    analyst = factories.member(corpus, Role.ANALYST, email="analyst@example.com")
    return analyst, reverse("reports:evaluation", args=["clips", evaluation.uid])


def signed_in_page(browser: Browser, live_server, person: User, scheme: str, problems: list[str]) -> Page:
    client = Client()
    client.force_login(person)
    context = browser.new_context(color_scheme=scheme)
    session = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return console.listen(context.new_page(), problems, to=("error", "warning"))


def assert_picture(page: Page, chart: str, ground: tuple[int, int, int]) -> None:
    """A press of a key saves the chart as PNG, with a ground of the theme that nothing shines through."""
    page.locator(f"figure[data-chart={chart}] [data-chart-png]").focus()
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == f"evaluation-calming-{chart}.png"
    with Image.open(download.value.path()) as picture:
        assert picture.width == 2 * 960
        colours = {colour: n for n, colour in picture.convert("RGBA").getcolors(maxcolors=10**6)}
    assert max(colours, key=colours.__getitem__) == (*ground, 255)
    assert all(alpha == 255 for *_, alpha in colours)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_are_drawn_without_a_complaint(
    scheme: str, report: tuple[User, str], browser: Browser, live_server
) -> None:
    analyst, address = report
    problems: list[str] = []
    page = signed_in_page(browser, live_server, analyst, scheme, problems)
    page.goto(live_server.url + address)
    page.wait_for_selector("figure[data-chart=f1] .main-svg")
    charts = page.locator("figure[data-chart]").count()
    assert charts == 6  # F1, differences, and the confusion of the raters and of three machines
    assert page.locator("figure[data-chart] .main-svg:first-child").count() == charts
    assert page.locator("figure[data-chart=f1] .points path").count() == 3 + 1 + 1 + 4  # with the best constant answer
    assert_picture(page, "f1", ground={"light": (255, 255, 255), "dark": (25, 26, 29)}[scheme])
    page.locator("figure[data-chart=f1] summary").click()
    assert page.locator("figure[data-chart=f1] tbody tr").first.is_visible()
    assert problems == []
    page.context.close()


def test_the_items_behind_a_machine_are_one_press_away(report: tuple[User, str], browser: Browser, live_server) -> None:
    analyst, address = report
    problems: list[str] = []
    page = signed_in_page(browser, live_server, analyst, "light", problems)
    page.goto(live_server.url + address)
    page.get_by_role("row", name="poor").get_by_role("button", name="Where it differs").click()
    page.wait_for_url("**/items/?annotator=poor")
    assert page.get_by_text("poor says so").first.is_visible()
    assert problems == []
    page.context.close()
