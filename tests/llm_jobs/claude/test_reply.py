import json
from typing import Any

import pytest

from llm_jobs.claude.errors import MalformedReply
from llm_jobs.claude.reply import Limit, Usage, read_model, read_reply, read_token_count
from llm_jobs.claude.request import CacheTtl

MESSAGE: dict[str, Any] = {
    "id": "msg_1",
    "type": "message",
    "model": "claude-haiku-5-5",
    "content": [],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 3, "output_tokens": 4},
}


def usage_of(cache_ttl: CacheTtl = "5m", **usage: object) -> Usage:
    message = MESSAGE | {"usage": {"input_tokens": 3, "output_tokens": 4, **usage}}
    return read_reply(json.dumps(message).encode(), {}, latency_ms=0, cache_ttl=cache_ttl).usage


def test_usage_by_kind_of_token() -> None:
    assert usage_of(
        cache_read_input_tokens=5,
        cache_creation_input_tokens=7,
        cache_creation={"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 6},
        output_tokens_details={"thinking_tokens": 2},
    ) == Usage(3, 4, 5, 1, 6, 2)


def test_cache_writes_without_breakdown_have_the_lifetime_asked_for() -> None:
    assert usage_of("5m", cache_creation_input_tokens=7) == Usage(3, 4, cache_write_5m_tokens=7)
    assert usage_of("1h", cache_creation_input_tokens=7) == Usage(3, 4, cache_write_1h_tokens=7)


def test_nulls_are_zero() -> None:
    assert usage_of(cache_read_input_tokens=None, cache_creation=None, output_tokens_details=None) == Usage(3, 4)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "error"}, {"id": None}, {"id": ""}, {"model": None}, {"usage": None}, {"usage": {}},
        {"usage": {"input_tokens": -1, "output_tokens": 4}}, {"usage": {"input_tokens": True, "output_tokens": 4}},
        {"usage": {"input_tokens": 1.5, "output_tokens": 4}}, {"content": None}, {"content": ["text"]},
        {"content": [{"text": "no type"}]}, {"content": [{"type": "text", "text": None}]},
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_paid_for_or_read_is_malformed(change: dict[str, object]) -> None:
    with pytest.raises(MalformedReply) as caught:
        read_reply(json.dumps(MESSAGE | change).encode(), {"request-id": "req_9"}, latency_ms=0, cache_ttl="5m")
    assert caught.value.request_id == "req_9"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"null", b"{", b"[" * 100_000])
def test_a_body_that_is_no_object_is_malformed(body: bytes) -> None:
    for read in (read_token_count, read_model):
        with pytest.raises(MalformedReply, match="not a JSON object"):
            read(body, {})


def test_missing_and_odd_headers_are_unknown_limits() -> None:
    headers = {"anthropic-ratelimit-requests-limit": "many", "anthropic-ratelimit-requests-reset": "tomorrow"}
    limits = read_reply(json.dumps(MESSAGE).encode(), headers, latency_ms=0, cache_ttl="5m").rate_limits
    assert limits.requests == limits.output_tokens == Limit(None, None, None)
