"""The ledger of paid requests: reserved and committed before a send, settled by what the reply says it cost."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from ..claude import pricing
from ..claude.request import MessageRequest
from ..claude.retry import Park, ParkReason
from ..claude.runner import Attempt, StopSending
from ..models import Price, Request, Run, RunItem
from ..queries.runs import OPEN

RAW_CHARS = 20_000


@transaction.atomic(durable=True)
def intend(row: RunItem, request: MessageRequest, *, price: Price, rates: pricing.Rates) -> Request:
    """Reserve the worst case within the budget and commit the intent; the run's row serialises reservations.

    Raises `StopSending` when the run is closed, the lease is gone or the budget does not allow more.
    """
    worst = pricing.worst_case(request, rates)
    run = Run.objects.select_for_update().get(pk=row.run_id)
    held = RunItem.objects.filter(pk=row.pk, state=RunItem.State.LEASED, lease_token=row.lease_token).exists()
    if run.state not in OPEN or not held:
        raise StopSending(Park(ParkReason.STOPPED))
    if run.spent + run.reserved + worst > run.budget:
        raise StopSending(Park(ParkReason.BUDGET, "the next request might cost more than what is left"))
    Run.objects.filter(pk=run.pk).update(reserved=F("reserved") + worst)
    earlier = Request.objects.filter(run_item=row).count()
    return Request.objects.create(
        run_item=row, attempt=earlier + 1, request_hash=request.request_hash, reserved=worst, price=price
    )


@transaction.atomic(durable=True)
def settle(attempt: Attempt, *, rates: pricing.Rates) -> None:
    """Replace the reserve by what the reply cost; an attempt that may have been billed unseen keeps it.

    A reply may come after the intent was given up as unknown: its bill still counts, once.
    """
    intent = attempt.token
    if not isinstance(intent, Request):
        raise TypeError("an attempt without its intent")
    values: dict[str, object] = {"latency_ms": attempt.latency_ms, "settled_at": Now()}
    cost: int | None = 0
    if attempt.reply is not None:
        cost = pricing.cost_micro_usd(attempt.reply.usage, rates)
        values |= {
            "usage": asdict(attempt.reply.usage),
            "provider_request_id": (attempt.reply.request_id or "")[:80],
            "status": (attempt.reply.stop_reason or "no stop reason")[:40],
            "raw": json.dumps(attempt.reply.raw)[:RAW_CHARS],
        }
    elif attempt.error is not None:
        cost = None if attempt.error.may_be_billed else 0
        values |= {"status": type(attempt.error).__name__, "provider_request_id": (attempt.error.request_id or "")[:80]}
    values |= {"state": Request.State.UNKNOWN} if cost is None else {"state": Request.State.SETTLED, "cost": cost}
    open_ones = Request.objects.filter(pk=intent.pk, state__in=[Request.State.INTENT, Request.State.UNKNOWN])
    if open_ones.update(**values) and cost is not None:
        run = Run.objects.filter(run_items=intent.run_item_id)
        run.update(reserved=F("reserved") - intent.reserved, spent=F("spent") + cost)


def give_up_orphans(run: Run, *, ours: list[RunItem]) -> int:
    """Mark intents whose worker died as unknown: they may have been billed, and keep their reserve. Returns how many.

    Orphans are the intents of items that nobody holds, and those of `ours`, which we have just leased.
    """
    held = Q(run_item__state=RunItem.State.LEASED, run_item__lease_until__gt=Now())
    orphans = Request.objects.filter(run_item__run=run, state=Request.State.INTENT)
    return orphans.filter(~held | Q(run_item__in=ours)).update(state=Request.State.UNKNOWN, status="worker_lost")
