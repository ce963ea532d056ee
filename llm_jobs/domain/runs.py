"""Runs: created, worked, paused, resumed, cancelled. The work itself is in the backends' modules."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, QuerySet
from django.db.models.functions import Now

from attributes.domain import audit
from attributes.domain.definitions import lock_levels
from attributes.models import Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib import leases
from labelhub.lib.errors import BadInput, Refused

from ..models import Annotation, Annotator, Run, RunDefinition, RunItem

LEASE_SECONDS = 300
CHUNK = 200
OPEN = (Run.State.QUEUED, Run.State.RUNNING)
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Result:
    """What an annotator says of an item under a definition: a level key with probabilities, or a failure code."""

    run_item: RunItem
    definition: Definition
    level: str | None = None
    p: Sequence[float] | None = None
    rationale: str = ""
    failure_code: str = ""
    flags: Sequence[str] = field(default_factory=tuple)


@transaction.atomic
def create(
    *,
    annotator: Annotator,
    definitions: Sequence[Definition],
    items: QuerySet[Item],
    purpose: str = Run.Purpose.SILVER,
    budget: int = 0,
    seed: int = 0,
    created_by: User | None = None,
) -> Run:
    """A run over the items, each exactly once. Definitions must be published or candidates.

    `budget` is in micro-USD; a paid backend is refused without one.
    """
    for definition in definitions:
        if not definition.is_fixed:
            raise Refused(f"{definition} is a draft: publish it, or make it a candidate")
        if definition.attribute.corpus_id != annotator.corpus_id:
            raise BadInput(f"{definition} belongs to another corpus")
    if annotator.backend == Annotator.Backend.CLAUDE and budget <= 0:
        raise Refused("a paid run needs a budget")
    run = Run.objects.create(
        corpus=annotator.corpus,
        annotator=annotator,
        purpose=purpose,
        budget=budget,
        seed=seed,
        created_by=created_by,
    )
    RunDefinition.objects.bulk_create(
        RunDefinition(run=run, definition=definition, position=i) for i, definition in enumerate(definitions)
    )
    rows = [RunItem(run=run, item_id=pk, content_hash=sha) for pk, sha in items.values_list("pk", "content_hash")]
    if not rows:
        raise BadInput("there is no item to annotate")
    RunItem.objects.bulk_create(rows, batch_size=5000)
    for definition in definitions:
        lock_levels(definition.attribute)
    audit.record(
        actor=created_by,
        corpus=run.corpus,
        verb="run_created",
        target=run,
        annotator=annotator.name,
        fingerprint=annotator.fingerprint,
        definitions=[definition.hash for definition in definitions],
        n=len(rows),
        budget=budget,
    )
    return run


def claim_items(run: Run, limit: int = CHUNK) -> list[RunItem]:
    """Lease the run's next items, while it is open."""
    rows = RunItem.objects.filter(run=run, run__state__in=OPEN).order_by("pk")
    leases.set_aside_exhausted(rows.order_by())
    claimed = leases.claim(rows, seconds=LEASE_SECONDS, limit=limit)
    return list(RunItem.objects.filter(pk__in=[row.pk for row in claimed]).select_related("item__media").order_by("pk"))


@transaction.atomic
def store(results: Sequence[Result], *, release: Sequence[RunItem] = ()) -> int:
    """Write the results of leased items and end their leases, together; returns how many items were written.

    An item whose lease was lost is left to its new holder. `release` goes back unworked.
    """
    by_item: dict[int, list[Result]] = {}
    for result in results:
        by_item.setdefault(result.run_item.pk, []).append(result)
    levels = {
        (level.attribute_id, level.key): level.pk
        for definition in {result.definition for result in results}
        for level in definition.attribute.levels.all()
    }
    written: list[Annotation] = []
    for group in by_item.values():
        failures = {result.failure_code for result in group if result.failure_code}
        state = RunItem.State.FAILED if len(failures) and all(r.failure_code for r in group) else RunItem.State.DONE
        if leases.finish(group[0].run_item, state=state, failure_code=min(failures, default="")):
            written += [_annotation(result, levels) for result in group]
    Annotation.objects.bulk_create(written)
    for run_item in release:
        leases.give_back(run_item)
    return len(written)


def _annotation(result: Result, levels: dict[tuple[int, str], int]) -> Annotation:
    level = None if result.failure_code else levels[result.definition.attribute_id, str(result.level)]
    return Annotation(
        run_item=result.run_item,
        definition=result.definition,
        item_id=result.run_item.item_id,
        level_id=level,
        p=None if result.p is None or result.failure_code else list(result.p),
        rationale=result.rationale[:1000],
        failure_code=result.failure_code,
        flags=list(result.flags),
    )


def start(run: Run) -> Run:
    """Mark the run as being worked."""
    Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(state=Run.State.RUNNING, started_at=Now())
    run.refresh_from_db()
    return run


def finish_if_done(run: Run) -> bool:
    """End the run when no item is left; others may still hold some, then the last of them ends it."""
    open_items = RunItem.objects.filter(run=run, state__in=[RunItem.State.QUEUED, RunItem.State.LEASED])
    if open_items.exists():
        return False
    return bool(Run.objects.filter(pk=run.pk, state__in=OPEN).update(state=Run.State.DONE, finished_at=Now()))


@transaction.atomic
def pause(*, run: Run, reason: str = "", actor: User | None = None) -> None:
    """Stop claiming items; what is under way is finished."""
    _move(run, OPEN, Run.State.PAUSED, "run_paused", actor, pause_reason=reason[:200])


@transaction.atomic
def resume(*, run: Run, actor: User | None = None) -> None:
    _move(run, (Run.State.PAUSED,), Run.State.QUEUED, "run_resumed", actor, pause_reason="")


@transaction.atomic
def cancel(*, run: Run, actor: User | None = None) -> None:
    """End the run for good; what was answered stays."""
    _move(run, (*OPEN, Run.State.PAUSED), Run.State.CANCELLED, "run_cancelled", actor, finished_at=Now())
    waiting = RunItem.objects.filter(run=run, state=RunItem.State.QUEUED)
    waiting.update(state=RunItem.State.CANCELLED)


def _move(run: Run, allowed: Sequence[str], to: str, verb: str, actor: User | None, **values: object) -> None:
    if not Run.objects.filter(pk=run.pk, state__in=allowed).update(state=to, **values):
        run.refresh_from_db()
        raise Refused(f"the run is {run.get_state_display().lower()}")
    run.refresh_from_db()
    audit.record(actor=actor, corpus=run.corpus, verb=verb, target=run, reason=run.pause_reason)


@transaction.atomic
def retry_failed(*, run: Run, actor: User | None = None) -> int:
    """Offer the failed items again; their failures make way for the new results."""
    failed = RunItem.objects.filter(run=run, state=RunItem.State.FAILED)
    Annotation.objects.filter(run_item__in=failed).exclude(failure_code="").delete()
    n = failed.update(state=RunItem.State.QUEUED, attempts=0, failure_code="")
    if n:
        Run.objects.filter(pk=run.pk, state=Run.State.DONE).update(state=Run.State.QUEUED, finished_at=None)
        audit.record(actor=actor, corpus=run.corpus, verb="run_retried", target=run, n=n)
    run.refresh_from_db()
    return n


def counts(run: Run) -> dict[str, int]:
    """Items by state."""
    rows = RunItem.objects.filter(run=run).values("state").annotate(n=Count("pk")).order_by("state")
    return {row["state"]: row["n"] for row in rows}


def failures(run: Run) -> dict[str, int]:
    """Failed answers by reason."""
    failed = Annotation.objects.filter(run_item__run=run).exclude(failure_code="")
    rows = failed.values("failure_code").annotate(n=Count("pk")).order_by("-n")
    by_answer = {row["failure_code"]: row["n"] for row in rows}
    lost = RunItem.objects.filter(run=run, state=RunItem.State.FAILED, annotations=None).count()
    return {**by_answer, **({"worker_lost": lost} if lost else {})}


def find(corpus: Corpus, key: str) -> Run:
    """A run by uid or its beginning; `BadInput` when none or several fit."""
    try:
        prefix = str(uuid.UUID(key)) if len(key) == 36 else key
    except ValueError:
        prefix = key
    found = [run for run in Run.objects.filter(corpus=corpus).order_by("-id") if str(run.uid).startswith(prefix)]
    if len(found) != 1:
        raise BadInput(f"run {key!r} fits {len(found)} runs of {corpus.slug}")
    return found[0]
