"""How far a run is and how fast it goes, from its rows alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ..models import Annotation, Run, RunItem
from . import runs

RECENT = 1000  # the last answers, from which the pace is taken


@dataclass(frozen=True)
class Progress:
    """Items by state, and the pace of the last answers in items a second (None while it cannot be told)."""

    queued: int
    leased: int
    done: int
    failed: int
    cancelled: int
    pace: float | None

    @property
    def total(self) -> int:
        return self.queued + self.leased + self.ended + self.cancelled

    @property
    def ended(self) -> int:
        return self.done + self.failed

    @property
    def waiting(self) -> int:
        return self.queued + self.leased

    @property
    def seconds_left(self) -> float | None:
        return self.waiting / self.pace if self.pace and self.waiting else None


def of(run: Run, now: dt.datetime) -> Progress:
    counts = runs.counts(run)
    at_work = run.state == Run.State.RUNNING
    return from_counts(counts, pace(run, now) if at_work else None)


def from_counts(counts: dict[str, int], pace: float | None = None) -> Progress:
    return Progress(**{state: counts.get(state, 0) for state in RunItem.State.values}, pace=pace)


def pace(run: Run, now: dt.datetime) -> float | None:
    """Items a second over the last `RECENT` answers, up to now: a run that has stalled slows down on the page."""
    answers = Annotation.objects.filter(run_item__run=run).order_by("-pk")
    times = list(answers.values_list("created_at", flat=True)[:RECENT])
    if not times or run.started_at is None:
        return None
    # A batch is stored at one instant: those of the oldest instant were made before it.
    since = times[-1] if len(times) == RECENT else run.started_at
    made = sum(time > since for time in times)
    seconds = (now - since).total_seconds()
    attributes = run.run_definitions.count()
    return made / attributes / seconds if made and seconds > 0 else None
