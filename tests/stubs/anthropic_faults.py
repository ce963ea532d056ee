"""Faults on demand: `[[429*2]]` in an item's text makes its first two attempts answer 429.

A token without `*n` fires every time. Several tokens fire one after the other.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.stubs.anthropic_http import BREAKS

_TOKEN = re.compile(r"\[\[([a-z0-9_]+)(?:\*(\d+))?\]\]")

Message = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """An error answer of the API."""

    status: int
    kind: str
    code: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


FAILURES = {
    "400": Failure(400, "invalid_request_error"),
    "on_hold": Failure(400, "invalid_request_error", "organization_on_hold"),
    "401": Failure(401, "authentication_error"),
    "402": Failure(402, "billing_error"),
    "403": Failure(403, "permission_error"),
    "404": Failure(404, "not_found_error"),
    "409": Failure(409, "conflict_error"),
    "413": Failure(413, "request_too_large"),
    "422": Failure(422, "invalid_request_error"),
    "429": Failure(429, "rate_limit_error", headers={"retry-after-ms": "20"}),
    "429_plain": Failure(429, "rate_limit_error"),
    "429_long": Failure(429, "rate_limit_error", headers={"retry-after": "86400"}),
    "429_date": Failure(429, "rate_limit_error", headers={"retry-after": "Fri, 01 Jan 2100 00:00:00 GMT"}),
    "ramp": Failure(429, "rate_limit_error", "ramp_limit_exceeded"),
    "spend_limit": Failure(429, "rate_limit_error", "enforced_spend_limit_reached"),
    "500": Failure(500, "api_error"),
    "503": Failure(503, "api_error"),
    "504": Failure(504, "timeout_error"),
    "529": Failure(529, "overloaded_error", headers={"x-should-retry": "true"}),
}


def _text(message: Message, text: str) -> Message:
    return message | {"content": [{"type": "text", "text": text}]}


def _refusal(message: Message, content: list[dict[str, Any]]) -> Message:
    details = {"type": "refusal", "category": "bio", "explanation": None}
    return message | {"content": content, "stop_reason": "refusal", "stop_details": details}


def _first_text(message: Message) -> str:
    return next(str(block["text"]) for block in message["content"] if block["type"] == "text")


def _half(message: Message) -> str:
    return _first_text(message)[: len(_first_text(message)) // 2]


# Faults of the message: a 200 that is billed, with a message that holds no usable answer.
MESSAGES: dict[str, Callable[[Message], Message]] = {
    "refusal": lambda m: _refusal(m, []),
    "refusal_text": lambda m: _refusal(m, [{"type": "text", "text": "I cannot rate this."}]),
    "truncated": lambda m: _text(m, _half(m)) | {"stop_reason": "max_tokens"},
    "context": lambda m: m | {"content": [], "stop_reason": "model_context_window_exceeded"},
    "no_content": lambda m: m | {"content": []},
    "bad_json": lambda m: _text(m, _half(m)),
    "prose": lambda m: _text(m, "The answer is A1."),
    "scalar": lambda m: _text(m, "false"),
    "wrong_keys": lambda m: _text(m, '{"value": "yes"}'),
    "no_stop": lambda m: m | {"stop_reason": None},
    "unknown_stop": lambda m: m | {"stop_reason": "bored"},
    "tool_use": lambda m: m | {"content": [{"type": "tool_use", "id": "toolu_1", "name": "R", "input": {}}]},
    "unknown_block": lambda m: m | {"content": [{"type": "hologram", "data": "x"}, *m["content"]]},
    "thinking": lambda m: (
        m
        | {
            "content": [
                {"type": "thinking", "thinking": "", "signature": "s"},
                {"type": "redacted_thinking", "data": "x"},
                *m["content"],
            ]
        }
    ),
}

# Faults of the body: a 200 whose body is no message. name -> (content type, body made from the message)
BODIES: dict[str, tuple[str, Callable[[Message], str]]] = {
    "html": ("text/html", lambda _: "<html><body>Gateway</body></html>"),
    "empty": ("application/json", lambda _: "{}"),
    "no_usage": ("application/json", lambda m: json.dumps({key: value for key, value in m.items() if key != "usage"})),
    "null_text": ("application/json", lambda m: json.dumps(m | {"content": [{"type": "text", "text": None}]})),
    "broken_json": ("application/json", lambda m: json.dumps(m)[:-20]),
    "sse": ("text/event-stream", lambda m: f"event: message_start\ndata: {json.dumps({'message': m})}\n\n"),
    "sse_error": (
        "text/event-stream",
        lambda _: 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n',
    ),
}

NAMES = frozenset({"redirect", "echo_key", *FAILURES, *MESSAGES, *BODIES, *BREAKS})


@dataclass
class Faults:
    """Which fault an attempt meets, and how often each has fired."""

    fired: Counter[str] = field(default_factory=Counter)

    def next_for(self, text: str) -> str | None:
        """The first token in the text that still has hits left; raises ValueError on an unknown one."""
        for name, times in _TOKEN.findall(text):
            if name not in NAMES:
                raise ValueError(f"unknown fault {name!r}; known: {', '.join(sorted(NAMES))}")
            key = f"{name}\0{text}"
            if not times or self.fired[key] < int(times):
                self.fired[key] += 1
                return str(name)
        return None
