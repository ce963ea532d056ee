"""axe over every state of the rating screen and every page around it: nothing serious, in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.domain import corpora
from attributes.domain.imports import ColumnMap, import_items
from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.domain import gold, keyed, qualifications, sets
from raters.models import RatingSet
from tests import factories
from tests.axe import serious, serious_in_every_look
from tests.personas import signed_in

from .helpers import choose, current, give, press, ready, saved
from .test_player import render

pytestmark = pytest.mark.django_db(transaction=True)


class TestTheRatingScreen:
    @pytest.fixture
    def asked(self) -> dict[str, str]:
        return {"rationale_mode": RatingSet.Ask.OPTIONAL, "confidence_mode": RatingSet.Ask.OPTIONAL}

    @pytest.mark.parametrize(
        ("key", "dialog"),
        [("c", "#rate-cannot-tell"), ("s", "#rate-skip"), ("f", "#rate-flag"), ("?", ".key-sheet")],
    )
    def test_its_dialogs(self, screen: Page, key: str, dialog: str) -> None:
        ready(screen)
        screen.keyboard.press(key)
        expect(screen.locator(dialog)).to_be_visible()
        assert serious_in_every_look(screen) == []

    def test_signing_in_over_it_with_what_waits_and_what_was_refused(self, screen: Page) -> None:
        press(screen, "y")
        choose(screen, "s", "#rate-skip", "1")
        saved(screen)
        Session.objects.all().delete()
        give(screen, "n")
        expect(screen.locator("#rate-sign-in")).to_be_visible()
        assert serious_in_every_look(screen) == []
        screen.keyboard.press("Escape")
        expect(screen.locator("#rate-sign-in")).to_be_hidden()
        assert serious_in_every_look(screen) == []

    def test_an_earlier_answer_and_the_list_on_a_phone(self, screen: Page) -> None:
        press(screen, "y")
        screen.keyboard.press("Backspace")
        expect(screen.locator("#rate-again")).to_be_visible()
        assert serious_in_every_look(screen) == []
        screen.get_by_role("button", name="Last answers", exact=True).click()
        expect(screen.locator("#rate-recent")).to_be_visible()
        assert serious(screen) == []


class TestAVideo:
    @pytest.fixture
    def corpus(self, transactional_db: None, tmp_path: Path) -> Corpus:
        made = corpora.get_or_create(slug="clips", name="Clips")
        render(tmp_path / "0.mp4", 30)
        (tmp_path / "items.csv").write_text(
            "id,title,text,file\n" + "".join(f"v{i},Clip {i},Words {i},0.mp4\n" for i in range(7))
        )
        columns = ColumnMap(id="id", title="title", text="text", file="file")
        import_items(corpus=made, path=tmp_path / "items.csv", columns=columns, media_dir=tmp_path)
        return made

    def test_with_its_bar_and_a_moment_marked(self, screen: Page) -> None:
        expect(screen.locator("#rate-item video")).to_have_js_property("readyState", 4)
        screen.keyboard.press("e")
        expect(screen.locator("#rate-item .moments li")).to_have_count(1)
        assert serious_in_every_look(screen) == []


class TestAQualification:
    @pytest.fixture
    def opened(self, corpus: Corpus) -> RatingSet:
        source = keyed.Source(lines="i000, yes, includes.1\ni001, yes, includes.1")
        lesson = qualifications.create(
            definition=factories.definition(corpus), name="Lesson", source=source, pass_mark=0.5
        )
        return sets.open_for_rating(rating_set=lesson, actor=None)

    def test_its_feedback_and_its_end(self, screen: Page) -> None:
        for _ in range(2):
            ready(screen)
            current(screen)
            screen.keyboard.press("n")
            expect(screen.locator("#rate-feedback")).to_be_visible()
            assert serious_in_every_look(screen) == []
            screen.keyboard.press("Enter")
        expect(screen.locator("#rate")).to_have_attribute("data-state", "empty")
        assert serious_in_every_look(screen) == []


class TestThePagesAroundIt:
    @pytest.fixture
    def corpus(self, transactional_db: None) -> Corpus:
        return corpora.get_or_create(slug="clips", name="Clips")

    @pytest.fixture
    def closed(self, corpus: Corpus) -> RatingSet:
        return factories.closed_set(corpus, {f"i{i:03}": ("nyy", "yyn", "yy?")[i % 3] for i in range(20)}, size=20)

    def findings(self, context: BrowserContext, server: LiveServer, person: User, *paths: str) -> dict[str, list[str]]:
        session = signed_in(person).cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
        page = context.new_page()
        found = {}
        for path in paths:
            reply = page.goto(f"{server.url}{path}")
            assert reply
            assert reply.status == 200
            found[path] = serious_in_every_look(page)
        page.close()
        return {path: findings for path, findings in found.items() if findings}

    def test_of_the_owner(
        self, browser_context: BrowserContext, live_server: LiveServer, corpus: Corpus, closed: RatingSet
    ) -> None:
        owner = factories.member(corpus, Role.OWNER, email="owner@example.com")
        names = (
            "set",
            "set_raters",
            "set_items",
            "set_agreement",
            "set_quality",
            "set_design",
            "adjudicate",
            "decisions",
        )
        urls = [reverse(f"raters:{name}", args=["clips", closed.uid]) for name in names]
        urls += [
            reverse(name, args=["clips"]) for name in ("raters:sets", "workbench:set_new", "raters:qualification_new")
        ]
        assert self.findings(browser_context, live_server, owner, *urls) == {}

    def test_of_the_rater(
        self, browser_context: BrowserContext, live_server: LiveServer, corpus: Corpus, closed: RatingSet
    ) -> None:
        rater = User.objects.get(email="rater0@example.com")
        factories.rating_set(closed.definition, size=3, name="Open")
        gold.freeze(rating_set=closed, actor=None)
        differences = reverse("raters:differences", args=["clips", closed.uid])
        signed_in(rater).post(reverse("raters:differences_open", args=["clips", closed.uid]))
        queue = reverse("raters:queue", args=["clips"])
        assert self.findings(browser_context, live_server, rater, queue, differences) == {}
