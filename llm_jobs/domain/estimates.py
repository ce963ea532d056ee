"""What a paid run will cost, before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet

from attributes.models import Definition, Item

from ..claude import pricing
from ..claude.prompt import NothingToRate
from ..claude.reply import Usage
from ..claude.request import Frame, MessageRequest
from .requests import Asking, check_together

SAMPLE = 200
CHARS_PER_TOKEN = 3.0  # Claude's present tokenizer on English prose, rounded down
ANSWER_TOKENS = 90  # an attribute's rationale, probability and label
PLACEHOLDER = b"\xff\xd8\xff"  # a frame's pixels cost the same whatever they show


@dataclass(frozen=True)
class Estimate:
    """Micro-USD for `n` items. `worst` is what the ledger reserves if no request is repeated, `expected` a guess from
    text lengths and an answer of usual length, with the definition read from the prompt cache."""

    n: int
    expected: int
    worst: int
    sampled: int

    @property
    def per_thousand(self) -> int:
        return round(self.expected * 1000 / self.n) if self.n else 0


def estimate(
    config: Mapping[str, Any], definitions: Sequence[Definition], items: QuerySet[Item], *, seed: int
) -> Estimate:
    """Estimate from up to `SAMPLE` of the items (evenly spaced), scaled to all. Sends and writes nothing."""
    check_together(definitions)
    ids = list(items.order_by("pk").values_list("pk", flat=True))
    if not ids:
        return Estimate(0, 0, 0, 0)
    asking = Asking.of(config, [definition.parsed() for definition in definitions], seed)
    rates = pricing.rates_for(config["model"], datetime.now(UTC).date())
    chosen = ids[:: math.ceil(len(ids) / SAMPLE)]
    worst = expected = 0
    for item in Item.objects.filter(pk__in=chosen).select_related("media"):
        try:
            request = asking.about(item, frames=_frames_like(item, asking))
        except NothingToRate:
            continue  # fails without being sent
        worst += pricing.worst_case(request, rates)
        expected += pricing.cost_micro_usd(_usual(request), rates)
    scale = len(ids) / len(chosen)
    return Estimate(len(ids), math.ceil(expected * scale), math.ceil(worst * scale), len(chosen))


def _frames_like(item: Item, asking: Asking) -> list[Frame]:
    if not (asking.wants_frames and hasattr(item, "media")):
        return []
    policy = asking.policy
    count = policy.count if item.media.kind == "video" else 1
    return [Frame(PLACEHOLDER, 0, policy.long_side, policy.short_side)] * count


def _usual(request: MessageRequest) -> Usage:
    prefix = _tokens("".join(request.system)) + pricing.OVERHEAD_TOKENS
    images = sum(pricing.image_tokens(frame.width, frame.height) for frame in request.frames)
    return Usage(
        input_tokens=images + _tokens(request.item_text) + _tokens(request.question_text),
        cache_read_tokens=prefix,
        output_tokens=min(ANSWER_TOKENS * len(request.questions), request.max_tokens),
    )


def _tokens(text: str) -> int:
    return math.ceil(len(text) / CHARS_PER_TOKEN)
