"""What came back: a frozen reply, checked field by field, because the SDK accepts anything."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from llm_jobs.claude.errors import MalformedReply
from llm_jobs.claude.request import CacheTtl


@dataclass(frozen=True, slots=True)
class Usage:
    """Billed tokens of one attempt. `input_tokens` is the uncached part only; `thinking_tokens` is within output."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    thinking_tokens: int = 0

    @property
    def prompt_tokens(self) -> int:
        written = self.cache_write_5m_tokens + self.cache_write_1h_tokens
        return self.input_tokens + self.cache_read_tokens + written


@dataclass(frozen=True, slots=True)
class Limit:
    """One token bucket as the headers tell it: size and refill a minute, what is left, when it is full again."""

    limit: int | None
    remaining: int | None
    reset: datetime | None


@dataclass(frozen=True, slots=True)
class RateLimits:
    requests: Limit
    input_tokens: Limit
    output_tokens: Limit


@dataclass(frozen=True, slots=True)
class Reply:
    """A usable message: it has an id, a model and a usage, so it can be paid for. It need not hold an answer.

    `text` is the first text block, "" when there is none. `block_types` are the content's types in order. `raw` is the
    whole body.
    """

    text: str = field(repr=False)
    stop_reason: str | None
    refusal_category: str | None
    block_types: tuple[str, ...]
    model: str
    usage: Usage
    message_id: str
    request_id: str | None
    latency_ms: int
    rate_limits: RateLimits
    raw: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """What the API says of a model; `lifecycle` is active, deprecated or retired. None where it does not say."""

    id: str
    display_name: str
    lifecycle: str
    max_input_tokens: int | None
    max_tokens: int | None
    retires_at: datetime | None
    image_input: bool | None
    structured_outputs: bool | None


def read_reply(body: bytes, headers: Mapping[str, str], *, latency_ms: int, cache_ttl: CacheTtl) -> Reply:
    """Decode the body of a 200; raises MalformedReply unless it is a message with id, model, content and usage."""
    with _named_defects(body, headers):
        raw = _read_object(body)
        if raw.get("type") != "message":
            raise _Defect("it is not a message")
        blocks = _blocks(raw.get("content"))
        return Reply(
            text=next((block["text"] for block in blocks if block["type"] == "text"), ""),
            stop_reason=_optional_text(raw.get("stop_reason")),
            refusal_category=_refusal_category(raw.get("stop_details")),
            block_types=tuple(block["type"] for block in blocks),
            model=_text(raw.get("model"), "model"),
            usage=_usage(raw.get("usage"), cache_ttl),
            message_id=_text(raw.get("id"), "id"),
            request_id=headers.get("request-id"),
            latency_ms=latency_ms,
            rate_limits=RateLimits(*(_limit(headers, name) for name in ("requests", "input-tokens", "output-tokens"))),
            raw=raw,
        )


def read_token_count(body: bytes, headers: Mapping[str, str]) -> int:
    """The answer of count_tokens; raises MalformedReply."""
    with _named_defects(body, headers):
        return _count(_read_object(body).get("input_tokens"), "input_tokens")


def read_model(body: bytes, headers: Mapping[str, str]) -> ModelStatus:
    """The answer of models.retrieve; raises MalformedReply."""
    with _named_defects(body, headers):
        raw = _read_object(body)
        return ModelStatus(
            id=_text(raw.get("id"), "id"),
            display_name=_text(raw.get("display_name"), "display_name"),
            lifecycle=_text(raw.get("lifecycle"), "lifecycle"),
            max_input_tokens=_optional_int(raw.get("max_input_tokens")),
            max_tokens=_optional_int(raw.get("max_tokens")),
            retires_at=_time(_optional_text(raw.get("retires_at"))),
            image_input=_supported(raw.get("capabilities"), "image_input"),
            structured_outputs=_supported(raw.get("capabilities"), "structured_outputs"),
        )


class _Defect(Exception):
    """What is wrong with a body, in words."""


@contextmanager
def _named_defects(body: bytes, headers: Mapping[str, str]) -> Iterator[None]:
    try:
        yield
    except _Defect as defect:
        text = body.decode("utf-8", "replace")
        message = f"status 200, but {defect}"
        raise MalformedReply(message, body=text, request_id=headers.get("request-id")) from None


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise _Defect("its body is not a JSON object")
    return raw


def _blocks(content: object) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        raise _Defect("its content is not a list")
    for block in content:
        if not isinstance(block, dict) or not isinstance(block.get("type"), str):
            raise _Defect("a content block has no type")
        if block["type"] == "text" and not isinstance(block.get("text"), str):
            raise _Defect("a text block has no text")
    return content


def _usage(usage: object, cache_ttl: CacheTtl) -> Usage:
    if not isinstance(usage, dict):
        raise _Defect("it has no usage")
    written = usage.get("cache_creation")
    if not isinstance(written, dict):  # without the breakdown, everything was written with the lifetime we asked for
        written = {f"ephemeral_{cache_ttl}_input_tokens": usage.get("cache_creation_input_tokens")}
    details = usage.get("output_tokens_details")
    return Usage(
        input_tokens=_count(usage.get("input_tokens"), "input_tokens"),
        output_tokens=_count(usage.get("output_tokens"), "output_tokens"),
        cache_read_tokens=_count(usage.get("cache_read_input_tokens") or 0, "cache_read_input_tokens"),
        cache_write_5m_tokens=_count(written.get("ephemeral_5m_input_tokens") or 0, "cache_creation"),
        cache_write_1h_tokens=_count(written.get("ephemeral_1h_input_tokens") or 0, "cache_creation"),
        thinking_tokens=_count((details or {}).get("thinking_tokens") or 0, "thinking_tokens"),
    )


def _count(value: object, name: str) -> int:
    if type(value) is not int or value < 0:
        raise _Defect(f"its {name} is not a count of tokens")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Defect(f"it has no {name}")
    return value


def _optional_text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _optional_int(value: object) -> int | None:
    return value if type(value) is int else None


def _supported(capabilities: object, name: str) -> bool | None:
    support = capabilities.get(name) if isinstance(capabilities, dict) else None
    supported = support.get("supported") if isinstance(support, dict) else None
    return supported if isinstance(supported, bool) else None


def _refusal_category(details: object) -> str | None:
    return _optional_text(details.get("category")) if isinstance(details, dict) else None


def _limit(headers: Mapping[str, str], name: str) -> Limit:
    parts = ("limit", "remaining", "reset")
    limit, remaining, reset = (headers.get(f"anthropic-ratelimit-{name}-{part}") for part in parts)
    return Limit(_header_int(limit), _header_int(remaining), _time(reset))


def _header_int(value: str | None) -> int | None:
    return int(value) if value is not None and value.isascii() and value.isdigit() else None


def _time(value: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
