"""The `claude` backend: a run's items through the Messages API, every attempt on the ledger before it is sent."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from attributes.domain import media
from attributes.media import FramePolicy
from attributes.models import Definition, Item

from ..claude import pricing
from ..claude.client import BASE_URL, ClaudeClient
from ..claude.parsing import AnswerFailure
from ..claude.prompt import NothingToRate, build_request
from ..claude.request import Frame, ItemContent, MessageRequest, ModelSettings
from ..claude.retry import Park, ParkReason
from ..claude.runner import Attempt, Outcome, StopSending, annotate_many
from ..models import Price, Request, Run, RunItem
from . import annotators, runs

CONCURRENCY = 8
CHUNK = 64
RAW_CHARS = 20_000


def work(run: Run, should_stop: runs.Stop) -> None:
    """Annotate until nothing is left, the run is parked or paused, or `should_stop()`.

    A run whose budget, key or limit does not allow more is paused with the reason; its items go back to the queue.
    """
    _settle_orphans(run)
    job = _ClaudeRun.of(run)
    while not should_stop() and (chunk := runs.claim_items(run, CHUNK)):
        parked = job.annotate(chunk)
        if parked:
            detail = f": {parked.detail}" if parked.detail else ""
            runs.pause(run=run, reason=f"{parked.reason}{detail}")
            return


@transaction.atomic
def _settle_orphans(run: Run) -> int:
    """Intents of a worker that died: nobody knows whether they were billed, so they keep their reserve."""
    orphans = Request.objects.filter(run_item__run=run, state=Request.State.INTENT)
    return orphans.exclude(run_item__state=RunItem.State.LEASED, run_item__lease_until__gt=Now()).update(
        state=Request.State.UNKNOWN, status="worker_lost"
    )


@dataclass
class _ClaudeRun:
    """What stays the same over a run's chunks."""

    run: Run
    definitions: list[Definition]
    model: ModelSettings
    policy: FramePolicy
    price: Price
    rates: pricing.Rates
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.run.seed)  # noqa: S311  # back-off jitter

    @classmethod
    def of(cls, run: Run) -> _ClaudeRun:
        config = run.annotator.config
        price, rates = annotators.price_of(config["model"])
        return cls(
            run,
            [row.definition for row in run.run_definitions.select_related("definition__attribute")],
            ModelSettings(model=config["model"], effort=config["effort"], thinking=config["thinking"]),
            FramePolicy(**config["frames"]),
            price,
            rates,
        )

    def annotate(self, chunk: Sequence[RunItem]) -> Park | None:
        """Send one request an item; store every outcome. Returns why the run has to stop, if it has."""
        prepared: list[tuple[RunItem, MessageRequest]] = []
        for row in chunk:
            try:
                prepared.append((row, self.request_for(row.item)))
            except (NothingToRate, media.MediaError) as error:
                code = "nothing_to_rate" if isinstance(error, NothingToRate) else "media_error"
                runs.store([runs.Result(row, d, failure_code=code) for d in self.definitions])
        if not prepared:
            return None
        self._check_prefix(prepared[0][1])
        # async_to_sync runs the ledger's writes in this thread, on this thread's connection.
        return async_to_sync(self._send)(prepared)

    def request_for(self, item: Item) -> MessageRequest:
        """Exactly what is sent for an item: only the inputs that the definition names, as raters see them."""
        specs = [definition.parsed() for definition in self.definitions]
        fields = [("title", item.title), ("text", item.text)]
        fields += [(f"metadata.{key}", str(value)) for key, value in sorted(item.metadata.items())]
        frames: list[Frame] = []
        if specs[0].inputs.frames and hasattr(item, "media"):
            cut = media.frames_of(item.media, self.policy)
            frames = [Frame(frame.jpeg, frame.time_ms, frame.width, frame.height) for frame in cut]
        content = ItemContent(tuple(fields), tuple(frames))
        return build_request(specs, content, settings=self.model, seed=self.run.seed + item.pk)

    def _check_prefix(self, request: MessageRequest) -> None:
        """The cached prefix is the same for every item of a run; its hash is on record."""
        if self.run.prefix_hash != request.prefix_hash:
            Run.objects.filter(pk=self.run.pk).update(prefix_hash=request.prefix_hash)
            self.run.prefix_hash = request.prefix_hash

    async def _send(self, prepared: list[tuple[RunItem, MessageRequest]]) -> Park | None:
        rows = {id(request): row for row, request in prepared}
        base_url = settings.ANTHROPIC_BASE_URL or BASE_URL
        async with ClaudeClient(settings.ANTHROPIC_API_KEY, base_url) as client:
            report = await annotate_many(
                client,
                [request for _, request in prepared],
                concurrency=CONCURRENCY,
                rng=self.rng,
                before_send=lambda request, number: sync_to_async(self._intend)(rows[id(request)], request, number),
                after_send=lambda request, attempt: sync_to_async(self._settle)(attempt),
                on_outcome=lambda outcome: sync_to_async(self._store)(rows[id(outcome.request)], outcome),
            )
        return report.parked

    @transaction.atomic
    def _intend(self, row: RunItem, request: MessageRequest, number: int) -> Request:
        """Reserve the worst case within the budget and commit the intent; the run's row serialises reservations."""
        worst = pricing.worst_case(request, self.rates)
        run = Run.objects.select_for_update().get(pk=self.run.pk)
        if run.state not in runs.OPEN:
            raise StopSending(Park(ParkReason.STOPPED))
        if run.spent + run.reserved + worst > run.budget:
            raise StopSending(Park(ParkReason.BUDGET, f"spent {run.spent} of {run.budget} micro-USD"))
        Run.objects.filter(pk=run.pk).update(reserved=F("reserved") + worst)
        earlier = Request.objects.filter(run_item=row).count()
        return Request.objects.create(
            run_item=row, attempt=earlier + 1, request_hash=request.request_hash, reserved=worst, price=self.price
        )

    @transaction.atomic
    def _settle(self, attempt: Attempt) -> None:
        """Replace the reserve by what the reply cost; an attempt that may have been billed unseen keeps it."""
        intent = attempt.token
        if not isinstance(intent, Request):
            raise TypeError("an attempt without its intent")
        values: dict[str, object] = {"latency_ms": attempt.latency_ms, "settled_at": Now()}
        if attempt.reply is not None:
            cost = pricing.cost_micro_usd(attempt.reply.usage, self.rates)
            values |= {
                "state": Request.State.SETTLED,
                "cost": cost,
                "usage": asdict(attempt.reply.usage),
                "provider_request_id": attempt.reply.request_id or "",
                "status": attempt.reply.stop_reason or "",
                "raw": json.dumps(attempt.reply.raw)[:RAW_CHARS],
            }
        elif attempt.error is not None and attempt.error.may_be_billed:
            values |= {"state": Request.State.UNKNOWN, "status": type(attempt.error).__name__}
            cost = None
        else:
            values |= {"state": Request.State.SETTLED, "cost": 0, "status": type(attempt.error).__name__}
            cost = 0
        Request.objects.filter(pk=intent.pk).update(**values)
        if cost is not None:
            Run.objects.filter(pk=self.run.pk).update(reserved=F("reserved") - intent.reserved, spent=F("spent") + cost)

    def _store(self, row: RunItem, outcome: Outcome) -> None:
        if outcome.state == "released":
            runs.store([], release=[row])
            return
        results = []
        for definition in self.definitions:
            answer = outcome.answers[definition.attribute.slug]
            if isinstance(answer, AnswerFailure):
                results.append(runs.Result(row, definition, failure_code=answer.code))
            else:
                results.append(
                    runs.Result(
                        row,
                        definition,
                        level=answer.level_key,
                        p=answer.probabilities,
                        rationale=answer.rationale,
                        flags=answer.flags,
                    )
                )
        runs.store(results)
