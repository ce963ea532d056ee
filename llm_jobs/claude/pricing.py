"""Money in integers: dated rates, the exact cost of a usage, the most a request can cost.

Rates are micro-USD per million tokens, so that every published price (0.125 USD/MTok = 125,000) is an integer and a
cost is exact until its one rounding, up, to a micro-USD.
"""

import json
import math
import re
from dataclasses import dataclass
from datetime import date

from llm_jobs.claude.reply import Usage
from llm_jobs.claude.request import MessageRequest

PRICE_TABLE_VERSION = "2026-11-09"  # the day the pages were last read
PER_MILLION = 1_000_000
PATCH_PIXELS = 28
# Tokens the API adds around ours: turn markers, and its own text that explains the output format.
OVERHEAD_TOKENS = 1_000
SCHEMA_COPIES = 2


class UnpricedModel(LookupError):
    """No rate is known for the model on that day (or for a kind of token that it used): it is refused, never free."""


@dataclass(frozen=True, slots=True)
class Tier:
    """Rates of prompts of at least `from_tokens` tokens, in micro-USD per million; None = not offered."""

    from_tokens: int
    input: int
    output: int
    cache_read: int
    cache_write_5m: int
    cache_write_1h: int | None


@dataclass(frozen=True, slots=True)
class Rates:
    """One model's standard real-time prices from a day on; tiers by rising prompt size, the first from 0."""

    model: str
    since: date
    tiers: tuple[Tier, ...]

    def tier(self, prompt_tokens: int) -> Tier:
        return [tier for tier in self.tiers if prompt_tokens >= tier.from_tokens][-1]


_OCTOBER = date(2026, 10, 1)
_LEGACY_OPUS = (Tier(0, 5_000_000, 25_000_000, 500_000, 6_250_000, 10_000_000),)

# Anthropic's price pages of October and November 2026. `since` is the first day for which the price was read.
PRICES: tuple[Rates, ...] = (
    Rates(
        "claude-haiku-5-5",
        date(2026, 10, 7),
        (
            Tier(0, 100_000, 500_000, 10_000, 125_000, 200_000),
            # Published: input and output. The cache rates are the same multiples of input as below.
            Tier(100_001, 500_000, 2_500_000, 50_000, 625_000, 1_000_000),
        ),
    ),
    Rates("claude-sonnet-5-5", _OCTOBER, (Tier(0, 2_000_000, 10_000_000, 200_000, 2_500_000, 4_000_000),)),
    Rates("claude-sonnet-5-5", date(2026, 10, 7), (Tier(0, 2_000_000, 10_000_000, 100_000, 2_500_000, 4_000_000),)),
    Rates("claude-opus-5-5", _OCTOBER, (Tier(0, 4_000_000, 20_000_000, 200_000, 5_000_000, 8_000_000),)),
    Rates("claude-fable-5-2", date(2026, 11, 9), (Tier(0, 8_000_000, 40_000_000, 200_000, 10_000_000, None),)),
    Rates("claude-opus-5", _OCTOBER, _LEGACY_OPUS),
    Rates("claude-opus-4-8", _OCTOBER, _LEGACY_OPUS),
    Rates("claude-opus-4-7", _OCTOBER, _LEGACY_OPUS),
    Rates("claude-opus-4-6", _OCTOBER, _LEGACY_OPUS),
    Rates("claude-opus-4-5", _OCTOBER, _LEGACY_OPUS),
    Rates("claude-haiku-4-5", _OCTOBER, (Tier(0, 1_000_000, 5_000_000, 100_000, 1_250_000, 2_000_000),)),
)


def rates_for(model: str, on: date) -> Rates:
    """The rates of a model (or of its dated alias, `...-YYYYMMDD`) on a day; raises UnpricedModel."""
    name = re.sub(r"-\d{8}$", "", model)
    known = [rates for rates in PRICES if rates.model == name and rates.since <= on]
    if not known:
        raise UnpricedModel(f"no price is known for {model} on {on}")
    return max(known, key=lambda rates: rates.since)


def cost_micro_usd(usage: Usage, rates: Rates) -> int:
    """Cost of one attempt in micro-USD, rounded up; 0 only for a usage without tokens."""
    tier = rates.tier(usage.prompt_tokens)
    if usage.cache_write_1h_tokens and tier.cache_write_1h is None:
        raise UnpricedModel(f"{rates.model} has no price for one-hour cache writes")
    total = (
        usage.input_tokens * tier.input
        + usage.output_tokens * tier.output
        + usage.cache_read_tokens * tier.cache_read
        + usage.cache_write_5m_tokens * tier.cache_write_5m
        + usage.cache_write_1h_tokens * (tier.cache_write_1h or 0)
    )
    return -(-total // PER_MILLION)


def worst_case(request: MessageRequest, rates: Rates) -> int:
    """The most one attempt can cost in micro-USD: what to reserve before sending.

    Text counts one token a byte (no tokenizer makes more), images their exact patches, output `max_tokens`, and all
    input the dearer of uncached and cache write. Raises UnpricedModel where the model cannot write the cache asked for.
    """
    schema = json.dumps(request.schema)
    texts = [*request.system, request.item_text, request.question_text, *[schema] * SCHEMA_COPIES]
    prompt_tokens = sum(len(text.encode("utf-8")) for text in texts) + OVERHEAD_TOKENS
    prompt_tokens += sum(image_tokens(frame.width, frame.height) for frame in request.frames)
    one_hour = request.settings.cache_ttl == "1h"
    bound = Usage(
        input_tokens=0,
        output_tokens=request.max_tokens,
        cache_write_5m_tokens=0 if one_hour else prompt_tokens,
        cache_write_1h_tokens=prompt_tokens if one_hour else 0,
    )
    return cost_micro_usd(bound, rates)


def image_tokens(width: int, height: int) -> int:
    """Tokens of an image of that size in pixels: one per patch of 28 x 28, the last row and column padded.

    >>> image_tokens(448, 252)
    144
    >>> image_tokens(1920, 1080)
    2691
    """
    return math.ceil(width / PATCH_PIXELS) * math.ceil(height / PATCH_PIXELS)
