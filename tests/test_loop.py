"""The product's main job in a real browser: from a published definition over ratings to the report.

Nothing is called behind the pages' back but the seeding of a corpus; a Celery task runs where its message is sent.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from attributes.domain import corpora
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from labelhub.celery import app
from tests import console, factories

SIZE = 12
CALM = ("Waves at dawn", "Soft rain on a tent", "Slow clouds over the fjord", "Quiet snow in the garden")
LOUD = ("Goal! The stadium explodes", "Drum battle at full speed", "Fireworks and screaming", "Car chase, rapid cuts")


@pytest.fixture
def corpus(transactional_db: None) -> Corpus:
    made = corpora.get_or_create(slug="clips", name="Clips")
    rows = factories.items(made, 40, text="")
    for i, item in enumerate(rows):
        item.title = (CALM if i % 2 else LOUD)[i // 2 % 4] + f", take {i}"
        item.save()
    factories.definition(made, inputs={"fields": ["title"], "frames": False})
    return made


@pytest.fixture
def tasks_run_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tasks run where their message is sent, whether called by object or by name."""
    app.loader.import_default_modules()
    monkeypatch.setattr(app, "send_task", lambda name, args: app.tasks[name].apply(args, throw=True))
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def sign_in(browser: Browser, address: str, person: User, problems: list[str]) -> Page:
    page = console.listen(browser.new_context().new_page(), problems)
    page.goto(f"{address}/")
    page.locator("input[name=login]").fill(person.email)
    page.locator("input[name=password]").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page


def confirm(page: Page, opens: str, answer: str) -> None:
    page.get_by_role("button", name=opens).first.click()
    page.locator("dialog[open]").get_by_role("button", name=answer).click()


def rate_everything(page: Page) -> None:
    """By keyboard alone: 2 is yes."""
    page.get_by_role("link", name="Rate", exact=True).last.click()
    for done in range(SIZE):
        heading = page.locator("#rate-item h2")
        expect(page.locator("#rate")).to_have_attribute("data-ready", "true")
        title = heading.inner_text()
        page.keyboard.press("2" if title.startswith(CALM) else "1")
        if done < SIZE - 1:
            expect(heading).not_to_have_text(title)
    expect(page.locator("#rate[data-state=empty]")).to_be_visible()
    expect(page.locator("#rate-state")).to_have_text("Saved")


def test_from_definition_to_report(browser: Browser, live_server, corpus: Corpus, tasks_run_at_once: None) -> None:
    owner = factories.member(corpus, Role.OWNER, email="owner@example.com")
    raters = [factories.member(corpus, Role.RATER, email=f"rater{i}@example.com") for i in (1, 2)]
    problems: list[str] = []
    page = sign_in(browser, live_server.url, owner, problems)

    page.get_by_role("link", name="Golden sets").click()
    page.get_by_role("link", name="Draw the first one").click()
    page.get_by_label("Name", exact=True).fill("First sample")
    page.locator("[name=size]").fill(str(SIZE))
    page.locator("[name=overlap]").fill("2")
    page.locator("[name=seed]").fill("7")  # both answers are among the dev items
    page.get_by_role("button", name="Draw the items").click()
    confirm(page, "Open for rating", "Open for rating")
    golden_set = page.url

    for rater in raters:
        rate_everything(sign_in(browser, live_server.url, rater, problems))

    page.goto(golden_set)
    confirm(page, "Close rating", "Close rating")
    confirm(page, "Freeze", "Freeze for good")
    expect(page.get_by_text("Frozen").first).to_be_visible()

    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name="New run").or_(page.get_by_role("link", name="Start the first one")).first.click()
    page.get_by_label("Calming").check()
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("Done").first).to_be_visible()

    page.get_by_role("link", name="Reports").click()
    page.get_by_role("link", name="Compare machines with raters").click()
    page.get_by_role("button", name="Compare").click()
    row = page.get_by_role("row", name="Pooled raters 2 raters")
    expect(row).to_contain_text("1.000")
    expect(page.get_by_role("row", name="local").first).to_be_visible()
    assert problems == []
