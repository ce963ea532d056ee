"""Every crowd on every size of corpus, the books after each, and whether it is fast enough."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from labelhub.lib.errors import BadInput
from labelhub.lib.schema import bring_up_to_date
from labelhub.lib.static_files import collect_if_changed
from raters.load import ledger
from raters.load.goals import flatness, goal_of
from raters.load.phase import Crowd, Times, run
from raters.load.rater import Account, Log, Target
from raters.load.statements import report, summed
from raters.models import RatingSet

from . import cpu, explain, seeding, server, stored, table

ITEMS = (1_000, 100_000, 1_000_000)
CROWDS = ("1", "8", "32", "200:2")
OVERLAP = 100  # more than any crowd here fills
EXHAUSTED_ITEMS, EXHAUSTED_OVERLAP, EXHAUSTED_RATERS = 150, 3, 32
SHIFT = 0.4  # of the corpus: then the next person sits down, so that nobody's list runs dry
SETTLED = 1.5  # times their thinking: until people who do not all start at once have all begun
SPARE = 40  # people beside a crowd, who take over
EXHAUSTED_SECONDS = 60  # at most
WARMING, WARMING_SECONDS = Crowd(8), 2.0  # before each size: the first requests import and fill caches
EXPLAINED_SECONDS, STATEMENTS = 2.0, 15
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    items: tuple[int, ...]
    crowds: tuple[Crowd, ...]
    seconds: float
    warm_up_s: float
    port: int
    explain: bool = False
    profile: bool = False


def crowd(text: str) -> Crowd:
    """`32`, or `200:2` for 200 raters who think for 2 s."""
    raters, _, think_s = text.partition(":")
    try:
        return Crowd(raters=int(raters), think_s=float(think_s or 0))
    except ValueError:
        raise BadInput(f"raters: {text!r} is neither a number nor NUMBER:SECONDS") from None


def shift_of(size: int) -> int:
    return max(1, int(SHIFT * size))


def measure(plan: Plan, *, say: Say) -> Iterator[dict[str, Any]]:
    """A line for each size and crowd, for the books of each set, for the set that is used up, and for flatness."""
    bring_up_to_date()
    if settings.PRODUCTION:
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    collect_if_changed()
    lines = []
    with server.running(plan.port, data=Path(settings.LABELHUB_DATA), profiled=plan.profile) as web_pid:
        database = server.postgres_pid()
        say(table.head())
        for size in plan.items:
            for line in _on_corpus(plan, size, lambda: cpu.Shares(web_pid, database), say):
                lines.append(line)
                yield line
        if not plan.profile:
            yield _until_used_up(plan, say)
    yield from flatness(lines)


def _on_corpus(plan: Plan, size: int, shares: Callable[[], cpu.Shares], say: Say) -> Iterator[dict[str, Any]]:
    begun = time.perf_counter()
    place = _place(plan, f"load-{size}", size, OVERLAP, 2 * SPARE + sum(crowd.raters + SPARE for crowd in plan.crowds))
    say(f"{size:,} items, made in {time.perf_counter() - begun:.0f} s")
    people = iter(place.people)
    together = run(place.target, list(islice(people, SPARE)), WARMING, Times(WARMING_SECONDS, warm_up_s=0)).log
    seeding.settle_down()  # plans that were made when nobody had answered yet last until this, at most a minute
    for number, crowd in enumerate(plan.crowds):
        seats = list(islice(people, crowd.raters + SPARE))
        measuring = shares()
        times = Times(plan.seconds, plan.warm_up_s + SETTLED * crowd.think_s, seed=number)
        done = run(place.target, seats, replace(crowd, shift=shift_of(size)), times, on_measure=measuring)
        together.add(done.log)
        line = {"bench": "raters_load", "items": size, **done.figures(), **measuring.figures(done.labels)}
        line |= goal_of(crowd, line)
        line["sound"] = not line["server_errors"] and not line["errors"]
        say(table.row(line))
        yield line
    if plan.explain:
        yield _statements(place, list(people), together, say)
    yield _books(place, together, say)


def _statements(place: Place, seats: list[Account], together: Log, say: Say) -> dict[str, Any]:
    """One rater more, with every statement logged: this load is for the statements, its own speed is no figure."""
    log = explain.log_file()
    if log is None:
        raise BadInput("explain: reads the log of the embedded server; leave DATABASE_URL out")
    with explain.every_statement(log) as lines:
        done = run(place.target, seats, Crowd(1, shift=shift_of(place.items)), Times(EXPLAINED_SECONDS))
    together.add(done.log)
    rows = summed(lines)
    labels = len(done.log.confirmed)
    for text in report(rows, labels):
        say(text)
    top = [row._asdict() for row in rows[:STATEMENTS]]
    return {"bench": "raters_statements", "items": place.items, "labels": labels, "statements": top}


def _until_used_up(plan: Plan, say: Say) -> dict[str, Any]:
    """A small set that everybody works on until nothing is left: each item gets its overlap, exactly."""
    size, overlap = EXHAUSTED_ITEMS, EXHAUSTED_OVERLAP
    place = _place(plan, "load-used-up", size, overlap, EXHAUSTED_RATERS)
    done = run(place.target, place.people, Crowd(EXHAUSTED_RATERS), Times(EXHAUSTED_SECONDS, warm_up_s=0))
    line = _books(place, done.log, say)
    missing = size * overlap - int(line["stored"])
    sound = line["sound"] and not missing
    return {**line, "bench": "raters_used_up", "overlap": overlap, "missing": missing, "sound": sound}


@dataclass(frozen=True, slots=True)
class Place:
    rating_set: RatingSet
    people: list[Account]
    target: Target
    items: int


def _place(plan: Plan, slug: str, size: int, overlap: int, people: int) -> Place:
    corpus = seeding.make_corpus(slug, size)
    rating_set = seeding.make_set(corpus, size=size, overlap=overlap)
    accounts = seeding.sign_in(seeding.make_raters(corpus, people))
    seeding.settle_down()
    target = Target(
        host=server.HOST,
        port=plan.port,
        claim_path=reverse("raters:rate_claim", args=[slug, rating_set.uid]),
        submit_path=reverse("raters:rate_submit", args=[slug, rating_set.uid]),
        levels=seeding.LEVELS,
        https=settings.PRODUCTION,
    )
    return Place(rating_set, accounts, target, size)


def _books(place: Place, log: Log, say: Say) -> dict[str, Any]:
    balance = ledger.settle(log.confirmed, log.open, stored.answers(place.rating_set), stored.slots(place.rating_set))
    say(table.books(place.items, balance))
    return {"bench": "raters_books", "items": place.items, **balance.figures(), "sound": balance.ok}
