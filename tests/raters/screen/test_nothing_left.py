"""A rater gets nothing, or nothing more: the screen and the queue name the cause, and no key answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models.functions import Now
from playwright.sync_api import BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from attributes.models import Corpus, Role
from labelhub.accounts.models import User
from raters.domain import assignments, qualifications, seats, sets
from raters.domain.keyed import Source
from raters.domain.queue import Cause
from raters.domain.ratings import Answer
from raters.models import Exposure, Rating, RatingItem, RatingSet, SetRater
from raters.views.endings import ending
from tests import factories
from tests.personas import signed_in

from .helpers import open_screen, press, ready

pytestmark = pytest.mark.django_db(transaction=True)
END = "#rate .rate-done h2"
NOT_OFFERED = (Cause.NOT_OPEN, Cause.NOT_NAMED)


@dataclass(frozen=True)
class Case:
    """An open set of two items, two ratings each, of an attribute of its own; and who may rate it."""

    drawn: RatingSet
    rater: User
    others: list[User]

    def seat(self, **fields: Any) -> None:
        SetRater.objects.create(rating_set=self.drawn, user=self.rater, order_seed=1, **fields)


def given_to_others(case: Case) -> None:
    sets.add_raters(case.drawn, case.others)
    seats.restrict(rating_set=case.drawn, named=True, actor=None)


def lesson(case: Case, *answers: str) -> RatingSet:
    """A qualification of the same attribute, with these answers of the rater; "yes" is right."""
    source = Source(lines="i000, yes\ni001, yes")
    name = f"Lesson of {case.drawn.name}"
    made = qualifications.create(definition=case.drawn.definition, name=name, source=source, pass_mark=1)
    sets.open_for_rating(rating_set=made, actor=None)
    for level in answers:
        claimed = assignments.claim_next(rater=case.rater, rating_set=made)
        assert claimed is not None
        qualifications.submit_and_learn(
            rater=case.rater, assignment_uid=claimed.uid, submission_key=uuid.uuid4(), answer=Answer(level=level)
        )
    return made


def asked_to_qualify(case: Case) -> None:
    RatingSet.objects.filter(pk=case.drawn.pk).update(qualification=lesson(case))


def at_the_quota(case: Case) -> None:
    case.seat(quota=1)
    factories.rate(case.rater, case.drawn, "yes")


def rated_by_others(case: Case) -> None:
    for person in case.others:
        factories.rate_all(person, case.drawn)


def handed_over(case: Case) -> None:
    assignments.claim_line(rater=case.rater, rating_set=case.drawn)
    taker = seats.add(rating_set=case.drawn, rater=case.others[0], actor=None)
    giver = SetRater.objects.get(rating_set=case.drawn, user=case.rater)
    assert seats.reassign(seat=giver, to=taker, actor=None).moved == 2


def skipped_too_often(case: Case) -> None:
    RatingItem.objects.filter(rating_set=case.drawn).update(asked_at=Now(), skips=assignments.SKIPS_ASK)


def shown_machine_labels(case: Case) -> None:
    attribute = case.drawn.definition.attribute
    for row in case.drawn.rating_items.all():
        Exposure.objects.create(user=case.rater, item=row.item, attribute=attribute, kind="machine")


def held_by_others(case: Case) -> None:
    for person in case.others:
        assignments.claim_line(rater=person, rating_set=case.drawn)


MAKE: dict[Cause, Callable[[Case], object]] = {
    Cause.NOT_OPEN: lambda case: sets.close_rating(rating_set=case.drawn, actor=None),
    Cause.NOT_NAMED: given_to_others,
    Cause.PAUSED: lambda case: case.seat(paused_at=Now()),
    Cause.NOT_QUALIFIED: asked_to_qualify,
    Cause.PASSED: lambda case: lesson(case, "yes", "yes"),
    Cause.NOT_PASSED: lambda case: lesson(case, "yes", "no"),
    Cause.QUOTA: at_the_quota,
    Cause.COMPLETE: rated_by_others,
    Cause.ALL_YOURS: lambda case: factories.rate_all(case.rater, case.drawn),
    Cause.RELIEVED: handed_over,
    Cause.OWNER_ASKED: skipped_too_often,
    Cause.EXPOSED: shown_machine_labels,
    Cause.OTHERS_AT_IT: held_by_others,
}


def made(cause: Cause, corpus: Corpus, rater: User, others: list[User]) -> RatingSet:
    definition = factories.definition(corpus, attribute=cause.name.lower(), name=cause.name)
    drawn = factories.rating_set(definition, size=2, overlap=2, name=cause.name)
    case = Case(drawn, rater, others)
    done = MAKE[cause](case)
    return done if isinstance(done, RatingSet) else drawn


def test_each_cause_is_named_on_the_screen_and_in_the_queue(
    rater_context: BrowserContext, live_server: LiveServer, corpus: Corpus, rater: User
) -> None:
    others = factories.raters(corpus, 2)
    found = {cause: made(cause, corpus, rater, others) for cause in Cause}
    before = Rating.objects.count()
    page = rater_context.new_page()
    for cause, drawn in found.items():
        page.goto(f"{live_server.url}/c/clips/rate/{drawn.uid}/")
        expect(page.locator(END)).to_have_text(ending(cause).title)
        page.keyboard.press("y")
        page.keyboard.press("Enter")
    page.get_by_role("link", name="Back to my queue").click()
    for cause, drawn in found.items():
        card = page.locator(".card").filter(has=page.get_by_role("heading", name=drawn.name, exact=True))
        expect(card).to_have_count(0 if cause in NOT_OFFERED else 1)
        if cause not in NOT_OFFERED:
            expect(card).to_contain_text(ending(cause).text if cause == Cause.NOT_QUALIFIED else ending(cause).title)
    assert Rating.objects.count() == before


def test_the_owner_names_who_rates_and_how_much(
    screen: Page, rater_context: BrowserContext, live_server: LiveServer, corpus: Corpus, opened: RatingSet, rater: User
) -> None:
    def enter(person: User, path: str) -> Page:
        session = signed_in(person).cookies["sessionid"].value
        rater_context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page.goto(f"{live_server.url}/c/clips/{path}")
        return page

    page = screen
    RatingSet.objects.filter(pk=opened.pk).update(overlap=1)
    owner, other = factories.member(corpus, Role.OWNER), factories.member(corpus, Role.RATER)
    enter(owner, f"golden-sets/{opened.uid}/raters/")
    page.get_by_role("link", name=f"Manage {rater.name}").click()
    page.get_by_label("Quota").fill("2")
    page.get_by_label("Cohort").fill("night shift")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("of a quota of 2")).to_be_visible()
    page.get_by_role("link", name="All raters").click()
    page.get_by_role("button", name="Let only these rate").click()
    expect(page.get_by_text("Only these people may rate it.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="night shift").first).to_contain_text(rater.name)

    enter(other, "rate/")
    expect(page.get_by_role("heading", name=opened.name)).to_have_count(0)
    enter(other, f"rate/{opened.uid}/")
    expect(page.locator(END)).to_have_text(ending(Cause.NOT_NAMED).title)

    open_screen(enter(rater, "rate/"), f"{live_server.url}/c/clips/rate/{opened.uid}/")
    expect(page.locator("#rate-mine")).to_have_text("0 of 2 rated")
    press(page, "y")
    ready(page)
    page.keyboard.press("n")
    expect(page.locator(END)).to_have_text(ending(Cause.QUOTA).title)
    page.keyboard.press("y")
    expect(page.locator("#rate-mine")).to_have_text("2 of 2 rated")
    assert list(Rating.objects.order_by("pk").values_list("level__key", flat=True)) == ["yes", "no"]
