"""Reads of runs that pages, commands and the sweep share."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Cast, Now

from attributes.models import Corpus
from labelhub.lib import leases
from labelhub.lib.errors import BadInput
from raters.models import RatingItem, RatingSet

from ..models import Annotation, Request, Run, RunItem

OPEN = (Run.State.QUEUED, Run.State.RUNNING)


def counts(run: Run) -> dict[str, int]:
    """Items by state."""
    rows = RunItem.objects.filter(run=run).values("state").annotate(n=Count("pk")).order_by("state")
    return {row["state"]: row["n"] for row in rows}


def counts_of(runs: Collection[Run]) -> dict[int, dict[str, int]]:
    """Items by state, for a page of runs at once."""
    found: dict[int, dict[str, int]] = {run.pk: {} for run in runs}
    rows = RunItem.objects.filter(run__in=list(found)).values("run", "state").annotate(n=Count("pk")).order_by()
    for row in rows:
        found[row["run"]][row["state"]] = row["n"]
    return found


def failures(run: Run) -> dict[str, int]:
    """Failed answers by reason, most frequent first."""
    failed = failed_annotations(run)
    rows = failed.values("failure_code").annotate(n=Count("pk")).order_by("-n", "failure_code")
    by_answer = {row["failure_code"]: row["n"] for row in rows}
    lost = RunItem.objects.filter(run=run, state=RunItem.State.FAILED, annotations=None).count()
    return {**by_answer, **({"worker_lost": lost} if lost else {})}


def failed_annotations(run: Run) -> QuerySet[Annotation]:
    return Annotation.objects.filter(run_item__run=run).exclude(failure_code="")


def sealed(run: Run) -> QuerySet[RatingItem]:
    """Items that a sealed test of one of the run's attributes measures: never shown one by one."""
    return RatingItem.objects.filter(
        rating_set__definition__attribute__definitions__run_definitions__run=run,
        rating_set__purpose=RatingSet.Purpose.GOLDEN,
        rating_set__unsealed_at=None,
        role=RatingItem.Role.MEASURE,
        split=RatingItem.Split.TEST,
    )


def shown_items(run: Run) -> QuerySet[RunItem]:
    """The run's items without those of a sealed test."""
    return RunItem.objects.filter(run=run).exclude(item__in=sealed(run).values("item"))


def claimable() -> QuerySet[Run]:
    """Open runs in which work waits and nobody is at work: what the sweep rings for."""
    items = RunItem.objects.filter(run=OuterRef("pk"))
    waiting = items.filter(leases.claimable() | Q(state=RunItem.State.LEASED, lease_until__lt=Now()))
    held = items.filter(state=RunItem.State.LEASED, lease_until__gte=Now())
    return Run.objects.filter(Exists(waiting), ~Exists(held), state__in=OPEN).order_by("pk")


def unsettled(run: Run) -> dict[str, int]:
    """Paid requests whose bill is not known, by state: number and reserve in micro-USD."""
    rows = Request.objects.filter(run_item__run=run, state=Request.State.UNKNOWN)
    totals = rows.aggregate(n=Count("pk"), reserved=Sum("reserved"))
    return {"n": totals["n"], "reserved": totals["reserved"] or 0}


def find(corpus: Corpus, key: str) -> Run:
    """A run by uid or its beginning; `BadInput` when none or several fit."""
    found = list(_by_prefix(Run.objects.filter(corpus=corpus), key).select_related("annotator")[:11])
    if len(found) != 1:
        choices = ", ".join(str(run.uid) for run in found[:10])
        raise BadInput(f"run {key!r} fits {len(found)} runs of {corpus.slug}{f': {choices}' if choices else ''}")
    return found[0]


def _by_prefix(runs: QuerySet[Run], key: str) -> QuerySet[Run]:
    try:
        return runs.filter(uid=uuid.UUID(key))
    except ValueError:
        return runs.alias(text=Cast("uid", CharField())).filter(text__startswith=key.lower()).order_by("-pk")
