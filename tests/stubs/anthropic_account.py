"""What the stub's account counts: calls, tokens, the prompt cache, rate limits."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.stubs.anthropic_rules import MODELS, content_blocks, image_tokens

CHARS_PER_TOKEN = 4
OVERHEAD_TOKENS = 77
TTL_SECONDS = {"5m": 300, "1h": 3600}


@dataclass
class Counters:
    """What the stub has seen. `billed` sums the usage of every message it made, delivered or not."""

    calls: Counter[str] = field(default_factory=Counter)  # by path
    statuses: Counter[int] = field(default_factory=Counter)  # of /v1/messages; 0 = no complete reply
    attempts: Counter[str] = field(default_factory=Counter)  # of /v1/messages, by sha256 of the item's text
    billed: Counter[str] = field(default_factory=Counter)
    open_now: int = 0
    open_most: int = 0

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "statuses": {str(status): n for status, n in self.statuses.items()}}


def text_tokens(text: str) -> int:
    return -(-len(text) // CHARS_PER_TOKEN)


def block_tokens(block: dict[str, Any]) -> int:
    return image_tokens(block) if block.get("type") == "image" else text_tokens(block.get("text", ""))


def output_format(body: dict[str, Any]) -> str:
    """The output format as the API puts it ahead of the system prompt: part of what the cache matches on."""
    return json.dumps((body.get("output_config") or {}).get("format") or "")


def prompt_tokens(body: dict[str, Any]) -> int:
    return OVERHEAD_TOKENS + text_tokens(output_format(body)) + sum(map(block_tokens, content_blocks(body)))


@dataclass
class PromptCache:
    """Prefix -> until when it can be read, and its size. A prefix is written when its reply leaves, not before."""

    clock: Callable[[], float] = time.monotonic
    entries: dict[str, float] = field(default_factory=dict)

    def usage(self, body: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, float]]]:
        """The input side of `usage`, and the prefixes to write with `store` when the reply leaves."""
        total = prompt_tokens(body)
        read = written = 0
        writes: list[tuple[str, float]] = []
        ttl = "5m"
        for prefix, tokens, ttl in self._breakpoints(body):
            if self.entries.get(prefix, 0.0) > self.clock():
                read = tokens
            else:
                written = tokens - read
            writes.append((prefix, TTL_SECONDS[ttl]))
        by_ttl = {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}
        by_ttl[f"ephemeral_{ttl}_input_tokens"] = written
        usage = {
            "input_tokens": total - read - written,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": read,
            "cache_creation": by_ttl,
        }
        return usage, writes

    def store(self, writes: list[tuple[str, float]]) -> None:
        for prefix, seconds in writes:
            self.entries[prefix] = self.clock() + seconds

    def _breakpoints(self, body: dict[str, Any]) -> list[tuple[str, int, str]]:
        """(hash, tokens, ttl) of each marked prefix that is long enough to be cached."""
        digest = hashlib.sha256(f"{body['model']}\0{output_format(body)}".encode())
        tokens = OVERHEAD_TOKENS + text_tokens(output_format(body))
        found = []
        for block in content_blocks(body):
            plain = {key: value for key, value in block.items() if key != "cache_control"}
            digest.update(json.dumps(plain, sort_keys=True).encode())
            tokens += block_tokens(block)
            control = block.get("cache_control")
            if control and tokens >= MODELS[body["model"]].min_cacheable_tokens:
                found.append((digest.hexdigest(), tokens, control.get("ttl", "5m")))
        return found


@dataclass
class Bucket:
    """A token bucket of `limit` a minute, refilled continuously, that may be overdrawn by one request's correction."""

    limit: int
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self.level = float(self.limit)
        self.seen = self.clock()

    def refill(self) -> None:
        now = self.clock()
        self.level = min(float(self.limit), self.level + (now - self.seen) * self.limit / 60)
        self.seen = now

    def wait_for(self, amount: float) -> float:
        """Seconds until `amount` is there; 0 when it is now."""
        self.refill()
        return max(0.0, (amount - self.level) * 60 / self.limit)

    def take(self, amount: float) -> None:
        self.refill()
        self.level -= amount

    def headers(self, name: str) -> dict[str, str]:
        self.refill()
        full = datetime.now(UTC) + timedelta(seconds=(self.limit - self.level) * 60 / self.limit)
        return {
            f"anthropic-ratelimit-{name}-limit": str(self.limit),
            f"anthropic-ratelimit-{name}-remaining": str(max(0, int(self.level))),
            f"anthropic-ratelimit-{name}-reset": full.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


@dataclass
class RateLimiter:
    """Requests, uncached input tokens and output tokens a minute."""

    requests: Bucket
    input_tokens: Bucket
    output_tokens: Bucket

    def admit(self, input_tokens: int) -> float:
        """Take one request and its input; else seconds to wait, and nothing is taken."""
        wait = max(self.requests.wait_for(1), self.input_tokens.wait_for(input_tokens), self.output_tokens.wait_for(1))
        if wait == 0:
            self.requests.take(1)
            self.input_tokens.take(input_tokens)
        return wait

    def headers(self) -> dict[str, str]:
        return {
            **self.requests.headers("requests"),
            **self.input_tokens.headers("input-tokens"),
            **self.output_tokens.headers("output-tokens"),
        }
