"""The fan-out through the real client against the stub: one outcome each, nothing lost, every bill known."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from llm_jobs.claude.client import ClaudeClient
from llm_jobs.claude.errors import FailureCode
from llm_jobs.claude.parsing import AnswerFailure, ParsedAnswer
from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.request import MessageRequest
from llm_jobs.claude.retry import Backoff, Fail, Park, ParkReason, Retry
from llm_jobs.claude.runner import Attempt, Outcome, Report, StopSending, annotate_many
from tests.llm_jobs.claude.builders import CALMING, HAIKU, MOOD, item, request
from tests.stubs.anthropic_stub import AnthropicStub


def run(stub: AnthropicStub, requests: Sequence[MessageRequest], *, timeout: float = 5.0, **options: Any) -> Report:
    async def go() -> Report:
        async with ClaudeClient(stub.api_key, stub.base_url, timeout) as client:
            defaults: dict[str, Any] = {"concurrency": 8, "rng": random.Random(1), "backoff": Backoff(base=0.01)}
            return await annotate_many(client, requests, **{**defaults, **options})

    return asyncio.run(go())


def texts(*faults: str, fill: int = 0) -> list[MessageRequest]:
    names = [*(f"[[{fault}]]" for fault in faults), *(f"plain {number}" for number in range(fill))]
    return [request(f"item {number}: {name}", seed=number) for number, name in enumerate(names)]


def code(outcome: Outcome) -> FailureCode | None:
    answer = outcome.answers["calming"]
    return answer.code if isinstance(answer, AnswerFailure) else None


def test_every_request_has_its_outcome_in_order(stub: AnthropicStub) -> None:
    requests = texts(fill=40)
    report = run(stub, requests)
    assert report.parked is None
    assert [outcome.request for outcome in report.outcomes] == requests
    assert {outcome.state for outcome in report.outcomes} == {"done"}
    assert [code(outcome) for outcome in report.outcomes] == [None] * 40
    assert set(stub.counters.attempts.values()) == {1}


def test_concurrency_is_bounded_and_used(stub: AnthropicStub) -> None:
    stub.latency = 0.02
    run(stub, texts(fill=30), concurrency=6)
    assert stub.counters.open_most == 6


def test_the_first_request_warms_the_cache_for_the_rest(stub: AnthropicStub) -> None:
    stub.latency = 0.01
    report = run(stub, texts(fill=20))
    usages = [outcome.reply.usage for outcome in report.outcomes if outcome.reply]
    assert [usage.cache_write_5m_tokens > 0 for usage in usages] == [True] + [False] * 19
    read = sum(usage.cache_read_tokens for usage in usages)
    assert read / sum(usage.prompt_tokens for usage in usages) > 0.8


def test_every_distinct_prefix_is_warmed(stub: AnthropicStub) -> None:
    stub.latency = 0.01
    second = build_request([CALMING, MOOD], item("x"), settings=HAIKU, seed=1)
    report = run(stub, [request("a"), request("b"), second, second])
    written = [outcome.reply.usage.cache_write_5m_tokens > 0 for outcome in report.outcomes if outcome.reply]
    assert written == [True, False, True, False]


@pytest.mark.parametrize(
    "fault", ["429*2", "500*2", "529*3", "ramp*2", "cut*2", "reset*1", "html*2", "bad_json*2", "empty*1"]
)
def test_a_passing_fault_costs_attempts_not_answers(stub: AnthropicStub, fault: str) -> None:
    (outcome,) = run(stub, texts(fault)).outcomes
    assert code(outcome) is None
    hits = int(fault.partition("*")[2])
    assert len(outcome.attempts) == hits + 1
    assert [type(attempt.step) for attempt in outcome.attempts] == [Retry] * hits + [type(None)]


def test_retry_after_is_waited_for(stub: AnthropicStub) -> None:
    (outcome,) = run(stub, texts("429*1"), backoff=Backoff(base=0.0)).outcomes
    assert outcome.attempts[0].step == Retry(0.02)


@pytest.mark.parametrize(
    ("fault", "expected", "attempts"),
    [
        ("refusal", FailureCode.REFUSED, 1),
        ("refusal_text", FailureCode.REFUSED, 1),
        ("400", FailureCode.BAD_REQUEST, 1),
        ("413", FailureCode.TOO_LARGE, 1),
        ("truncated", FailureCode.TRUNCATED, 2),
        ("no_stop", FailureCode.STOPPED, 2),
        ("bad_json", FailureCode.BAD_JSON, 3),
        ("wrong_keys", FailureCode.SCHEMA, 3),
        ("html", FailureCode.MALFORMED_REPLY, 3),
        ("cut", FailureCode.INTERRUPTED, 3),
    ],
)
def test_a_lasting_fault_is_a_named_failure_of_its_item_alone(
    stub: AnthropicStub, fault: str, expected: FailureCode, attempts: int
) -> None:
    report = run(stub, texts(fault, fill=3))
    assert report.parked is None
    assert [code(outcome) for outcome in report.outcomes] == [expected, None, None, None]
    assert [len(outcome.attempts) for outcome in report.outcomes] == [attempts, 1, 1, 1]
    assert report.outcomes[0].attempts[-1].step == Fail(expected)


def test_a_hanging_server_is_given_up_by_the_deadline(stub: AnthropicStub) -> None:
    (outcome,) = run(stub, texts("hang"), timeout=0.1).outcomes
    assert (code(outcome), len(outcome.attempts)) == (FailureCode.TIMED_OUT, 3)


@pytest.mark.parametrize(
    ("fault", "reason", "calls"),
    [
        ("spend_limit", ParkReason.SPEND_LIMIT, 1),
        ("402", ParkReason.SPEND_LIMIT, 1),
        ("401", ParkReason.NOT_AUTHORIZED, 1),
        ("404", ParkReason.UNKNOWN_MODEL, 1),
        ("on_hold", ParkReason.ACCOUNT_ON_HOLD, 1),
        ("429_long", ParkReason.RATE_LIMITED, 1),
        ("529", ParkReason.UNAVAILABLE, 6),
        ("redirect", ParkReason.UNEXPECTED_STATUS, 1),
    ],
)
def test_what_is_not_the_items_fault_parks_the_run(
    stub: AnthropicStub, fault: str, reason: ParkReason, calls: int
) -> None:
    report = run(stub, texts(fault, fill=20))
    assert report.parked is not None
    assert report.parked.reason == reason
    assert [(outcome.state, outcome.answers) for outcome in report.outcomes] == [("released", {})] * 21
    assert stub.counters.calls["/v1/messages"] == calls


def test_a_park_says_how_long_the_server_wants_to_be_left_alone(stub: AnthropicStub) -> None:
    report = run(stub, texts("429_long"))
    assert report.parked == Park(ParkReason.RATE_LIMITED, "429: stub: rate_limit_error", 86_400.0)


def test_a_park_in_the_middle_stops_the_rest_and_wakes_the_sleepers(stub: AnthropicStub) -> None:
    stub.latency = 0.02
    requests = [*texts(fill=3), *texts("500", "spend_limit"), *texts(fill=60)]
    report = asyncio.run(asyncio.wait_for(_go(stub, requests, Backoff(base=60.0, cap=60.0)), 5))
    states = Counter(outcome.state for outcome in report.outcomes)
    assert report.parked is not None
    assert report.parked.reason == ParkReason.SPEND_LIMIT
    assert [outcome.state for outcome in report.outcomes[:5]] == ["done", "done", "done", "released", "released"]
    assert states["done"] <= 3 + 2 * 8
    assert states["released"] >= 62 - 2 * 8


async def _go(stub: AnthropicStub, requests: Sequence[MessageRequest], backoff: Backoff) -> Report:
    async with ClaudeClient(stub.api_key, stub.base_url) as client:
        return await annotate_many(client, requests, concurrency=8, rng=random.Random(1), backoff=backoff)


def test_nothing_listening_parks_the_run_and_fails_nothing(stub: AnthropicStub) -> None:
    stub.stop()
    report = run(stub, texts(fill=3))
    stub.start()
    assert report.parked is not None
    assert report.parked.reason == ParkReason.UNREACHABLE
    assert {outcome.state for outcome in report.outcomes} == {"released"}


def test_every_attempt_is_announced_before_and_settled_after(stub: AnthropicStub) -> None:
    events: list[tuple[str, int, object]] = []

    async def before(sent: MessageRequest, number: int) -> str:
        events.append(("before", number, stub.counters.calls["/v1/messages"]))
        return f"ledger-{number}"

    async def after(sent: MessageRequest, attempt: Attempt) -> None:
        events.append(("after", attempt.number, attempt.token))

    async def outcome(ended: Outcome) -> None:
        events.append(("outcome", len(ended.attempts), ended.state))

    run(stub, texts("bad_json*1"), before_send=before, after_send=after, on_outcome=outcome)
    assert events == [
        ("before", 1, 0),
        ("after", 1, "ledger-1"),
        ("before", 2, 1),
        ("after", 2, "ledger-2"),
        ("outcome", 2, "done"),
    ]


def test_settled_usage_is_the_servers_to_the_token(stub: AnthropicStub) -> None:
    settled: Counter[str] = Counter()

    async def after(sent: MessageRequest, attempt: Attempt) -> None:
        if attempt.reply is not None:
            usage = attempt.reply.usage
            settled.update(
                input_tokens=usage.input_tokens,
                output_tokens=usage.output_tokens,
                cache_read_input_tokens=usage.cache_read_tokens,
                cache_creation_input_tokens=usage.cache_write_5m_tokens,
            )

    faults = ("refusal", "truncated", "bad_json*1", "529*1", "429*1", "no_stop", "scalar", "no_content")
    run(stub, texts(*faults, fill=12), after_send=after)
    assert settled == stub.counters.billed


def test_an_empty_budget_parks_before_sending(stub: AnthropicStub) -> None:
    left = 5

    async def before(sent: MessageRequest, number: int) -> None:
        nonlocal left
        if left == 0:
            raise StopSending(Park(ParkReason.BUDGET))
        left -= 1

    report = run(stub, texts(fill=12), before_send=before, concurrency=3)
    assert report.parked == Park(ParkReason.BUDGET)
    assert Counter(outcome.state for outcome in report.outcomes) == {"done": 5, "released": 7}
    assert stub.counters.calls["/v1/messages"] == 5


def test_stopping_lets_what_is_in_flight_finish(stub: AnthropicStub) -> None:
    stub.latency = 0.02

    async def go() -> Report:
        stop = asyncio.Event()

        async def after(sent: MessageRequest, attempt: Attempt) -> None:
            if stub.counters.calls["/v1/messages"] >= 5:
                stop.set()

        async with ClaudeClient(stub.api_key, stub.base_url) as client:
            return await annotate_many(
                client, texts(fill=30), concurrency=4, rng=random.Random(1), stop=stop, after_send=after
            )

    report = asyncio.run(go())
    assert report.parked == Park(ParkReason.STOPPED)
    assert Counter(outcome.state for outcome in report.outcomes) == {"done": 5, "released": 25}


def test_a_failing_hook_ends_the_run_loudly(stub: AnthropicStub) -> None:
    async def after(sent: MessageRequest, attempt: Attempt) -> None:
        raise RuntimeError("the ledger is gone")

    with pytest.raises(ExceptionGroup) as caught:
        run(stub, texts(fill=5), after_send=after)
    assert [str(error) for error in caught.value.exceptions] == ["the ledger is gone"]
    assert stub.counters.calls["/v1/messages"] == 1


def test_attributes_are_answered_together(stub: AnthropicStub) -> None:
    sent = build_request([CALMING, MOOD], item(), settings=HAIKU, seed=4)
    (outcome,) = run(stub, [sent]).outcomes
    assert {name: type(answer) for name, answer in outcome.answers.items()} == {
        "calming": ParsedAnswer,
        "mood": ParsedAnswer,
    }


def test_nothing_to_do_is_an_empty_report(stub: AnthropicStub) -> None:
    assert run(stub, []) == Report((), None)
    with pytest.raises(ValueError, match="concurrency"):
        run(stub, [], concurrency=0)
