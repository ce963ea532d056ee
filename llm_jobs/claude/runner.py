"""Many requests at once: bounded concurrency, the retry table, one outcome each.

The runner owns no records. Its caller is told of every attempt before and after it, so that an intent is on the ledger
before anything is sent and a bill is settled before its answer is used:

    before_send(request, number) -> token     commit the intent and its reserve; raise StopSending to park the run
    after_send(request, attempt)              settle it: `attempt.reply.usage`, or an error that may be billed
    on_outcome(outcome)                       store the answers

Hooks run in the event loop, so blocking work belongs in a thread. An exception from a hook is not an item's failure: it
cancels everything under way and leaves annotate_many as an ExceptionGroup, and intents then without an `after_send`
have an unknown bill.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from llm_jobs.claude.errors import ClaudeError
from llm_jobs.claude.parsing import AnswerFailure, Answers, fail_all, parse_reply
from llm_jobs.claude.reply import Reply
from llm_jobs.claude.request import MessageRequest
from llm_jobs.claude.retry import RULES, Backoff, Fail, Park, ParkReason, Retry, Step, next_step


class MessageClient(Protocol):
    """What the runner needs of a client: one send, a reply or a ClaudeError."""

    async def complete(self, request: MessageRequest) -> Reply: ...


class StopSending(Exception):
    """Raised by `before_send` to park the run, for example because the budget is spent."""

    def __init__(self, park: Park) -> None:
        super().__init__(park.reason)
        self.park = park


@dataclass(frozen=True, slots=True)
class Attempt:
    """One send. Exactly one of `reply` and `error` is set; `step` is None when no further step was needed."""

    number: int
    token: object
    reply: Reply | None
    error: ClaudeError | None
    step: Step | None
    latency_ms: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one request ended: `done` with an answer or failure for every attribute, or `released`, to be offered again.

    `index` is its place among the requests given.
    """

    index: int
    request: MessageRequest
    state: Literal["done", "released"]
    answers: Answers
    attempts: tuple[Attempt, ...]

    @property
    def reply(self) -> Reply | None:
        """The last reply, if any attempt got one."""
        return next((attempt.reply for attempt in reversed(self.attempts) if attempt.reply is not None), None)


@dataclass(frozen=True, slots=True)
class Report:
    """Outcomes in the order of the requests, and why the run was parked, if it was."""

    outcomes: tuple[Outcome, ...]
    parked: Park | None


BeforeSend = Callable[[MessageRequest, int], Awaitable[object]]
AfterSend = Callable[[MessageRequest, Attempt], Awaitable[None]]
OnOutcome = Callable[[Outcome], Awaitable[None]]


async def annotate_many(
    client: MessageClient,
    requests: Sequence[MessageRequest],
    *,
    concurrency: int,
    rng: random.Random,
    backoff: Backoff | None = None,
    stop: asyncio.Event | None = None,
    before_send: BeforeSend | None = None,
    after_send: AfterSend | None = None,
    on_outcome: OnOutcome | None = None,
) -> Report:
    """Send every request, at most `concurrency` at a time, until each is done or the run is parked.

    The first request of each distinct prefix goes ahead of the rest, so that these find the prompt cache written.
    Setting `stop` ends the run: what is in flight finishes, nothing more is sent; a park sets it too. No error of the
    API and no defective answer is raised: they are outcomes.
    """
    if concurrency < 1:
        raise ValueError(f"concurrency must be at least 1, not {concurrency}")
    run = _Run(client, rng, backoff or Backoff(), stop or asyncio.Event(), before_send, after_send, on_outcome)
    first = {request.prefix_hash: index for index, request in reversed([*enumerate(requests)])}
    leaders = sorted(first.values())
    followers = sorted(set(range(len(requests))) - set(leaders))
    for indices in (leaders, followers):
        await run.fan_out([(index, requests[index]) for index in indices], concurrency)
    return Report(tuple(run.outcomes[index] for index in range(len(requests))), run.parked)


@dataclass
class _Run:
    client: MessageClient
    rng: random.Random
    backoff: Backoff
    stop: asyncio.Event
    before_send: BeforeSend | None
    after_send: AfterSend | None
    on_outcome: OnOutcome | None
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    park: Park | None = None

    @property
    def parked(self) -> Park | None:
        return self.park or (Park(ParkReason.STOPPED) if self.stop.is_set() else None)

    async def fan_out(self, work: Sequence[tuple[int, MessageRequest]], concurrency: int) -> None:
        queue = iter(work)
        async with asyncio.TaskGroup() as workers:
            for _ in range(min(concurrency, len(work))):
                workers.create_task(self._work(queue))

    async def _work(self, queue: Iterator[tuple[int, MessageRequest]]) -> None:
        for index, request in queue:  # one iterator shared by all workers
            outcome = await self._annotate(index, request)
            self.outcomes[index] = outcome
            if self.on_outcome is not None:
                await self.on_outcome(outcome)

    async def _annotate(self, index: int, request: MessageRequest) -> Outcome:
        attempts: list[Attempt] = []
        while not self.stop.is_set():
            try:
                token = await self.before_send(request, len(attempts) + 1) if self.before_send else None
            except StopSending as stopped:
                self._halt(stopped.park)
                break
            attempt, answers = await self._attempt(request, len(attempts) + 1, token)
            attempts.append(attempt)
            if self.after_send is not None:
                await self.after_send(request, attempt)
            if isinstance(attempt.step, Park):
                self._halt(attempt.step)
            elif isinstance(attempt.step, Retry):
                await self._pause(attempt.step.after)
            else:
                return Outcome(index, request, "done", answers, tuple(attempts))
        return Outcome(index, request, "released", {}, tuple(attempts))

    async def _attempt(self, request: MessageRequest, number: int, token: object) -> tuple[Attempt, Answers]:
        started = time.perf_counter()
        reply: Reply | None = None
        error: ClaudeError | None = None
        try:
            reply = await self.client.complete(request)
        except ClaudeError as caught:
            error = caught
        latency_ms = round((time.perf_counter() - started) * 1000)
        answers: Answers = parse_reply(reply, request.questions) if reply is not None else {}
        step = self._step(error, answers, number)
        if error is not None and isinstance(step, Fail):
            answers = fail_all(request.questions, AnswerFailure(step.code, str(error)))
        return Attempt(number, token, reply, error, step, latency_ms), answers

    def _step(self, error: ClaudeError | None, answers: Answers, number: int) -> Step | None:
        """The table's step; of several failed attributes the one worth the most attempts decides."""
        if error is not None:
            return next_step(error, number, rng=self.rng, backoff=self.backoff)
        codes = [answer.code for answer in answers.values() if isinstance(answer, AnswerFailure)]
        if not codes:
            return None
        return next_step(max(codes, key=lambda code: RULES[code].attempts), number, rng=self.rng, backoff=self.backoff)

    def _halt(self, park: Park) -> None:
        self.park = self.park or park
        self.stop.set()

    async def _pause(self, seconds: float) -> None:
        """Sleep, but not past a stop."""
        try:
            async with asyncio.timeout(seconds):
                await self.stop.wait()
        except TimeoutError:
            return
