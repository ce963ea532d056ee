"""The `claude` backend: a run's items through the Messages API, every attempt on the ledger before it is sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings

from attributes.domain import media
from attributes.models import Definition

from ..claude import pricing
from ..claude.parsing import AnswerFailure
from ..claude.prompt import NothingToRate
from ..claude.request import MessageRequest
from ..claude.retry import Backoff, Park, ParkReason
from ..claude.runner import Outcome, annotate_many
from ..models import Price, Request, Run, RunItem
from . import annotators, ledger, runs
from .requests import Asking

CONCURRENCY = 8
CHUNK = 64
BACKOFF = Backoff()
POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 60
Prepared = list[tuple[RunItem, MessageRequest]]


def work(run: Run, should_stop: runs.Stop) -> None:
    """Annotate until nothing is left, the run is no longer open, or `should_stop()`.

    Raises `Stopped` with a reason when the budget, the key or a limit does not allow more; what was not answered goes
    back to the queue.
    """
    if not settings.ANTHROPIC_API_KEY:
        raise runs.Stopped("ANTHROPIC_API_KEY is not set")
    job = _ClaudeRun.of(run, should_stop)
    ledger.give_up_orphans(run, ours=[])
    while not should_stop() and (chunk := runs.claim_items(run, CHUNK)):
        ledger.give_up_orphans(run, ours=chunk)
        before = job.sent
        parked = job.annotate(chunk)
        if parked and parked.reason == ParkReason.BUDGET and job.sent > before:
            continue  # what was reserved for the requests just answered is free again
        if parked and parked.reason != ParkReason.STOPPED:
            raise runs.Stopped(f"{parked.reason}: {parked.detail}".removesuffix(": "))


@dataclass
class _ClaudeRun:
    """What stays the same over a run's chunks."""

    run: Run
    definitions: list[Definition]
    asking: Asking
    price: Price
    rates: pricing.Rates
    rng: random.Random
    should_stop: runs.Stop
    sent: int = 0

    @classmethod
    def of(cls, run: Run, should_stop: runs.Stop) -> _ClaudeRun:
        price, rates = annotators.price_of(run.annotator.config["model"])
        return cls(
            run,
            [row.definition for row in run.run_definitions.select_related("definition__attribute")],
            Asking.of_run(run),
            price,
            rates,
            random.Random(run.seed),  # noqa: S311  # back-off jitter
            should_stop,
        )

    def annotate(self, chunk: Sequence[RunItem]) -> Park | None:
        """Send one request an item; store every outcome. Returns why the run has to stop, if it has."""
        prepared: Prepared = []
        for row in chunk:
            try:
                prepared.append((row, self.asking.about(row.item)))
            except (NothingToRate, media.MediaError) as error:
                code = "nothing_to_rate" if isinstance(error, NothingToRate) else "media_error"
                runs.store([runs.Result(row, definition, failure_code=code) for definition in self.definitions])
        if not prepared:
            return None
        self._check_prefix(prepared)
        # async_to_sync runs the ledger's writes in this thread, on this thread's connection.
        return async_to_sync(self._send)(prepared)

    def _check_prefix(self, prepared: Prepared) -> None:
        """Every item of a run is asked behind the same cached prefix; its hash is on record from the first chunk on."""
        found = prepared[0][1].prefix_hash
        if not self.run.prefix_hash:
            Run.objects.filter(pk=self.run.pk).update(prefix_hash=found)
            self.run.prefix_hash = found
        if self.run.prefix_hash != found:
            runs.store([], release=[row for row, _ in prepared])
            raise runs.Stopped("the prompt is no longer the one this run began with: start a new run")

    async def _send(self, prepared: Prepared) -> Park | None:
        # The SDK takes longer to import than Django: the web, and every other command, starts without it.
        from ..claude.client import BASE_URL, ClaudeClient

        rows = {id(request): row for row, request in prepared}
        stop = asyncio.Event()
        async with (
            asyncio.TaskGroup() as group,
            ClaudeClient(settings.ANTHROPIC_API_KEY, settings.ANTHROPIC_BASE_URL or BASE_URL) as client,
        ):
            watch = group.create_task(self._watch([row for row, _ in prepared], stop))
            report = await annotate_many(
                client,
                [request for _, request in prepared],
                concurrency=CONCURRENCY,
                rng=self.rng,
                backoff=BACKOFF,
                stop=stop,
                before_send=lambda request, _: sync_to_async(self._intend)(rows[id(request)], request),
                after_send=lambda _, attempt: sync_to_async(ledger.settle)(attempt, rates=self.rates),
                on_outcome=lambda outcome: sync_to_async(self._store)(rows[id(outcome.request)], outcome),
            )
            watch.cancel()
        return report.parked

    async def _watch(self, rows: Sequence[RunItem], stop: asyncio.Event) -> None:
        """Keep the chunk's leases alive while it is worked, and pass on the wish to stop."""
        renewed = monotonic()
        while not stop.is_set():
            await asyncio.sleep(POLL_SECONDS)
            if await sync_to_async(self.should_stop)():
                stop.set()
            if monotonic() - renewed > HEARTBEAT_SECONDS:
                await sync_to_async(runs.renew)(rows)
                renewed = monotonic()

    def _intend(self, row: RunItem, request: MessageRequest) -> Request:
        intent = ledger.intend(row, request, price=self.price, rates=self.rates)
        self.sent += 1
        return intent

    def _store(self, row: RunItem, outcome: Outcome) -> None:
        if outcome.state == "released":
            runs.store([], release=[row])
            return
        results = []
        for definition in self.definitions:
            answer = outcome.answers[definition.attribute.slug]
            if isinstance(answer, AnswerFailure):
                results.append(runs.Result(row, definition, failure_code=answer.code))
                continue
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
