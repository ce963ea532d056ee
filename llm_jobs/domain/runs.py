"""Runs: created, worked, paused, resumed, cancelled. The work itself is in the backends' modules."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from attributes.domain import audit
from attributes.domain.definitions import lock_levels
from attributes.models import Definition, Item
from labelhub.accounts.models import User
from labelhub.lib import leases
from labelhub.lib.errors import BadInput, Refused

from ..models import Annotation, Annotator, Run, RunDefinition, RunItem
from ..queries.runs import OPEN
from .requests import check_together

LEASE_SECONDS = 300
CHUNK = 200
Stop = Callable[[], bool]


class Stopped(Exception):
    """A backend cannot go on; with a `reason`, people must look and the run is paused."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


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
    uid: uuid.UUID | None = None,
) -> Run:
    """A run over the items, each exactly once. Definitions must be published or candidates.

    `budget` is in micro-USD; a paid backend is refused without one. The same `uid` twice (a form sent again) is the
    same run.
    """
    if uid is not None and (sent := Run.objects.filter(uid=uid, corpus=annotator.corpus_id).first()):
        return sent
    _check(annotator, definitions, budget)
    run = Run.objects.create(
        uid=uid or uuid.uuid4(),
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


def _check(annotator: Annotator, definitions: Sequence[Definition], budget: int) -> None:
    if not definitions:
        raise BadInput("name at least one attribute")
    for definition in definitions:
        if not definition.is_fixed:
            raise Refused(f"{definition} is a draft or retired: a run rests on a published version or a candidate")
        if definition.attribute.corpus_id != annotator.corpus_id:
            raise BadInput(f"{definition} belongs to another corpus")
    if annotator.backend != Annotator.Backend.CLAUDE:
        return
    if budget <= 0:
        raise Refused("a paid run needs a budget")
    check_together(definitions)


def claim_items(run: Run, limit: int = CHUNK) -> list[RunItem]:
    """Lease the run's next items, while it is open."""
    rows = RunItem.objects.filter(run=run, run__state__in=OPEN).order_by("pk")
    leases.set_aside_exhausted(rows.order_by())
    claimed = leases.claim(rows, seconds=LEASE_SECONDS, limit=limit)
    return list(RunItem.objects.filter(pk__in=[row.pk for row in claimed]).select_related("item__media").order_by("pk"))


def renew(rows: Sequence[RunItem]) -> None:
    """Prolong the leases that a worker still holds."""
    for row in rows:
        leases.renew(row, seconds=LEASE_SECONDS)


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
        state = RunItem.State.FAILED if all(result.failure_code for result in group) else RunItem.State.DONE
        if leases.finish(group[0].run_item, state=state, failure_code=min(failures, default="")):
            written += [_annotation(result, levels) for result in group]
    # An answer kept when its item was offered again stays; only what failed is asked anew.
    Annotation.objects.bulk_create(written, ignore_conflicts=True)
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


def start(run: Run) -> bool:
    """Mark the run as being worked; False when it is paused, cancelled or done."""
    Run.objects.filter(pk=run.pk, state=Run.State.QUEUED).update(
        state=Run.State.RUNNING, started_at=Coalesce("started_at", Now())
    )
    run.refresh_from_db()
    return run.state in OPEN


def close(run: Run) -> None:
    """Bring the run's state up to its items: done when none is left; a cancelled run keeps none waiting."""
    waiting = RunItem.objects.filter(run=run, state__in=[RunItem.State.QUEUED, RunItem.State.LEASED])
    Run.objects.filter(pk=run.pk, state__in=OPEN).exclude(Exists(waiting)).update(
        state=Run.State.DONE, finished_at=Now()
    )
    if Run.objects.filter(pk=run.pk, state=Run.State.CANCELLED).exists():
        silent = Q(state=RunItem.State.QUEUED) | Q(state=RunItem.State.LEASED, lease_until__lt=Now())
        RunItem.objects.filter(silent, run=run).update(
            state=RunItem.State.CANCELLED, lease_until=None, lease_token=None
        )


@transaction.atomic
def pause(*, run: Run, reason: str = "", actor: User | None = None) -> None:
    """Stop claiming items; what is under way is finished."""
    _move(run, OPEN, Run.State.PAUSED, "run_paused", actor, pause_reason=reason[:200])


@transaction.atomic
def resume(*, run: Run, actor: User | None = None) -> None:
    """Offer a paused run to the workers again."""
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
    """Offer every item with a failure again; the failures make way for new results, answers stay. Returns the items."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.state == Run.State.CANCELLED or run.annotator.backend == Annotator.Backend.IMPORTED:
        raise Refused("only a run that can go on has its failures tried again")
    failures = Annotation.objects.filter(run_item__run=run).exclude(failure_code="")
    ended = RunItem.objects.filter(run=run, state__in=[RunItem.State.DONE, RunItem.State.FAILED])
    with_failure = Q(state=RunItem.State.FAILED) | Q(pk__in=failures.values("run_item"))
    again = list(ended.filter(with_failure).values_list("pk", flat=True))
    failures.filter(run_item__in=again).delete()
    n = RunItem.objects.filter(pk__in=again).update(state=RunItem.State.QUEUED, attempts=0, failure_code="")
    if n:
        Run.objects.filter(pk=run.pk, state=Run.State.DONE).update(state=Run.State.QUEUED, finished_at=None)
        audit.record(actor=actor, corpus=run.corpus, verb="run_retried", target=run, n=n)
    return n


@transaction.atomic
def set_budget(*, run: Run, budget: int, actor: User | None = None) -> None:
    """Change the limit of a paid run, in micro-USD; what is spent or reserved already cannot be taken back."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.annotator.backend != Annotator.Backend.CLAUDE:
        raise Refused(f"{run.annotator} costs nothing: there is no budget to change")
    if run.state in (Run.State.DONE, Run.State.CANCELLED):
        raise Refused(f"the run is {run.get_state_display().lower()}")
    if budget < run.spent + run.reserved:
        raise Refused("the budget cannot be less than what is spent and reserved")
    Run.objects.filter(pk=run.pk).update(budget=budget)
    audit.record(actor=actor, corpus=run.corpus, verb="run_budget_set", target=run, before=run.budget, after=budget)
