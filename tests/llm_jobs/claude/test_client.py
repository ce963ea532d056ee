"""Every trap of the SDK and the wire, through the real SDK against the stub."""

import time
from datetime import UTC, datetime

import pytest

from llm_jobs.claude.client import read_retry_after
from llm_jobs.claude.errors import (
    AccountOnHold,
    ClaudeError,
    FailureCode,
    Interrupted,
    InvalidRequest,
    MalformedReply,
    NotAuthorized,
    RateLimited,
    RequestTooLarge,
    ServerUnavailable,
    SpendLimitReached,
    TimedOut,
    UnexpectedStatus,
    UnknownModel,
    Unreachable,
)
from llm_jobs.claude.parsing import AnswerFailure, parse_reply
from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.reply import Reply
from llm_jobs.claude.request import ModelSettings
from tests.llm_jobs.claude.builders import CALMING, MOOD, PACE, frame, item, request
from tests.llm_jobs.claude.calls import call, complete, error_of
from tests.stubs.anthropic_stub import AnthropicStub


def failure_of(stub: AnthropicStub, fault: str) -> tuple[Reply, AnswerFailure]:
    sent = request(f"[[{fault}]]")
    reply = complete(stub, sent)
    answer = parse_reply(reply, sent.questions)["calming"]
    assert isinstance(answer, AnswerFailure)
    return reply, answer


def test_a_reply_carries_what_is_recorded(stub: AnthropicStub) -> None:
    reply = complete(stub, request())
    assert (reply.stop_reason, reply.model, reply.block_types) == ("end_turn", "claude-haiku-5-5", ("text",))
    assert (reply.message_id, reply.request_id) == ("msg_00000001", "req_00000001")
    assert reply.raw["content"][0]["text"] == reply.text
    assert (reply.rate_limits.requests.limit, reply.rate_limits.requests.remaining) == (60_000, 59_999)
    assert reply.rate_limits.output_tokens.reset is not None
    assert reply.latency_ms >= 0


def test_usage_is_what_the_server_billed(stub: AnthropicStub) -> None:
    usage = complete(stub, request()).usage
    assert usage.prompt_tokens == sum(count for name, count in stub.counters.billed.items() if "output" not in name)
    assert usage.cache_write_5m_tokens == stub.counters.billed["cache_creation_input_tokens"]
    assert usage.output_tokens == stub.counters.billed["output_tokens"]


def test_a_second_item_reads_the_prefix_from_the_cache(stub: AnthropicStub) -> None:
    first, second = complete(stub, request("one")), complete(stub, request("two", seed=2))
    assert first.usage.cache_write_5m_tokens == second.usage.cache_read_tokens > 512
    assert (first.usage.cache_read_tokens, second.usage.cache_write_5m_tokens) == (0, 0)


@pytest.mark.parametrize("definitions", [[CALMING], [MOOD], [PACE], [CALMING, MOOD, PACE]])
def test_what_the_prompt_builds_passes_the_strict_api(stub: AnthropicStub, definitions: list[object]) -> None:
    frames = tuple(frame(time_ms=500 * number) for number in range(3))
    sent = build_request(definitions, item(frames=frames), settings=ModelSettings("claude-haiku-5-5"), seed=9)  # type: ignore[arg-type]
    answers = parse_reply(complete(stub, sent), sent.questions)
    assert [type(answer).__name__ for answer in answers.values()] == ["ParsedAnswer"] * len(definitions)


def test_thinking_blocks_before_the_text_are_skipped(stub: AnthropicStub) -> None:
    sent = request("[[thinking]]", settings=ModelSettings("claude-opus-5-5", thinking=True))
    reply = complete(stub, sent)
    assert reply.block_types == ("thinking", "redacted_thinking", "text")
    assert [type(answer).__name__ for answer in parse_reply(reply, sent.questions).values()] == ["ParsedAnswer"]


def test_a_large_max_tokens_does_not_need_streaming(stub: AnthropicStub) -> None:
    complete(stub, request(settings=ModelSettings("claude-haiku-5-5", max_tokens=30_000)))
    assert "stream" not in stub.requests[0]


@pytest.mark.parametrize("fault", ["broken_json", "html", "empty", "no_usage", "null_text", "sse", "sse_error"])
def test_a_200_that_is_no_message_is_malformed(stub: AnthropicStub, fault: str) -> None:
    error = error_of(stub, fault)
    assert isinstance(error, MalformedReply)
    assert error.body != ""
    assert (error.status, error.request_id, error.may_be_billed) == (200, "req_00000001", True)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("refusal", FailureCode.REFUSED),
        ("refusal_text", FailureCode.REFUSED),
        ("truncated", FailureCode.TRUNCATED),
        ("context", FailureCode.CONTEXT_EXCEEDED),
        ("no_stop", FailureCode.STOPPED),
        ("unknown_stop", FailureCode.STOPPED),
        ("tool_use", FailureCode.UNEXPECTED_CONTENT),
        ("unknown_block", FailureCode.UNEXPECTED_CONTENT),
        ("no_content", FailureCode.EMPTY),
        ("bad_json", FailureCode.BAD_JSON),
        ("prose", FailureCode.BAD_JSON),
        ("scalar", FailureCode.SCHEMA),
        ("wrong_keys", FailureCode.SCHEMA),
    ],
)
def test_a_message_without_answer_keeps_its_usage_and_has_a_name(
    stub: AnthropicStub, fault: str, code: FailureCode
) -> None:
    reply, failure = failure_of(stub, fault)
    assert failure.code == code
    assert reply.usage.output_tokens == stub.counters.billed["output_tokens"] > 0


def test_a_refusal_names_its_category(stub: AnthropicStub) -> None:
    reply, failure = failure_of(stub, "refusal")
    assert (reply.refusal_category, failure.detail) == ("bio", "stop_reason refusal (bio)")


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("400", InvalidRequest, 400),
        ("on_hold", AccountOnHold, 400),
        ("401", NotAuthorized, 401),
        ("402", SpendLimitReached, 402),
        ("403", NotAuthorized, 403),
        ("404", UnknownModel, 404),
        ("409", ServerUnavailable, 409),
        ("413", RequestTooLarge, 413),
        ("422", InvalidRequest, 422),
        ("429", RateLimited, 429),
        ("429_plain", RateLimited, 429),
        ("ramp", RateLimited, 429),
        ("spend_limit", SpendLimitReached, 429),
        ("500", ServerUnavailable, 500),
        ("503", ServerUnavailable, 503),
        ("504", ServerUnavailable, 504),
        ("529", ServerUnavailable, 529),
    ],
)
def test_error_statuses(stub: AnthropicStub, fault: str, kind: type[ClaudeError], status: int) -> None:
    error = error_of(stub, fault)
    assert (type(error), error.status, error.may_be_billed) == (kind, status, False)
    assert error.request_id == "req_00000001"
    assert stub.counters.calls["/v1/messages"] == 1  # the SDK did not retry


def test_the_apis_own_words_are_kept(stub: AnthropicStub) -> None:
    error = error_of(stub, "spend_limit")
    assert (error.error_type, error.error_code) == ("rate_limit_error", "enforced_spend_limit_reached")


def test_a_day_long_retry_after_is_reported_and_not_slept(stub: AnthropicStub) -> None:
    started = time.monotonic()
    assert error_of(stub, "429_long").retry_after == 86_400
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Fri, 20 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
    ],
)
def test_retry_after_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert read_retry_after(headers, now=datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) == seconds


def test_a_redirect_is_not_followed(stub: AnthropicStub) -> None:
    with AnthropicStub() as other:
        stub.redirect_to = other.base_url
        error = error_of(stub, "redirect")
        assert (type(error), error.status) == (UnexpectedStatus, 307)
        assert other.counters.calls == {}


@pytest.mark.parametrize("fault", ["hang", "hang_body", "drip"])
def test_the_deadline_holds_for_the_whole_attempt(stub: AnthropicStub, fault: str) -> None:
    started = time.monotonic()
    error = error_of(stub, fault, timeout=0.3)
    assert (type(error), error.may_be_billed) == (TimedOut, True)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_a_broken_connection_may_have_been_billed(stub: AnthropicStub, fault: str) -> None:
    error = error_of(stub, fault)
    assert (type(error), error.may_be_billed) == (Interrupted, True)


def test_nothing_listening_is_unreachable_and_not_billed(stub: AnthropicStub) -> None:
    stub.stop()
    error = error_of(stub, "500")
    assert (type(error), error.may_be_billed) == (Unreachable, False)
    stub.start()


def test_count_tokens_agrees_with_the_bill(stub: AnthropicStub) -> None:
    sent = build_request([CALMING], item(frames=(frame(),)), settings=ModelSettings("claude-haiku-5-5"), seed=1)
    counted = call(stub, lambda client: client.count_tokens(sent))
    assert counted == complete(stub, sent).usage.prompt_tokens


def test_check_model(stub: AnthropicStub) -> None:
    status = call(stub, lambda client: client.check_model("claude-haiku-5-5"))
    assert (status.id, status.lifecycle, status.max_input_tokens) == ("claude-haiku-5-5", "active", 1_000_000)
    assert (status.image_input, status.structured_outputs, status.retires_at) == (True, True, None)
    with pytest.raises(UnknownModel):
        call(stub, lambda client: client.check_model("claude-nobody-1"))
