import asyncio
import doctest
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_jobs.claude import pricing
from llm_jobs.claude.client import ClaudeClient
from llm_jobs.claude.pricing import PRICES, UnpricedModel, cost_micro_usd, image_tokens, rates_for, worst_case
from llm_jobs.claude.prompt import build_request
from llm_jobs.claude.reply import Usage
from llm_jobs.claude.request import ModelSettings
from tests.llm_jobs.claude.builders import CALMING, HAIKU, MOOD, PACE, frame, item, request
from tests.stubs.anthropic_stub import AnthropicStub

TODAY = date(2026, 11, 20)
counts = st.integers(0, 200_000)
usages = st.builds(Usage, counts, counts, counts, counts, counts)


def test_doctests() -> None:
    assert doctest.testmod(pricing) == doctest.TestResults(0, 2)


@pytest.mark.parametrize(
    ("size", "tokens"),
    [((1, 1), 1), ((28, 28), 1), ((29, 28), 2), ((252, 448), 144), ((336, 588), 252), ((504, 896), 576)],
)
def test_image_tokens(size: tuple[int, int], tokens: int) -> None:
    assert image_tokens(*size) == tokens


@pytest.mark.parametrize(
    ("model", "usage", "micro_usd"),
    [
        ("claude-haiku-5-5", Usage(1_000_000 // 10, 0), 10_000),
        ("claude-haiku-5-5", Usage(0, 1_000_000), 500_000),
        ("claude-haiku-5-5", Usage(300, 60, cache_read_tokens=3_000), 90),  # 30 + 30 + 30
        ("claude-haiku-5-5", Usage(0, 0, cache_write_5m_tokens=1_000), 125),
        ("claude-haiku-5-5", Usage(0, 0, cache_write_1h_tokens=1_000), 200),
        ("claude-sonnet-5-5", Usage(1_000, 100, 10_000), 4_000),
        ("claude-opus-5-5", Usage(1_000, 100), 6_000),
        ("claude-fable-5-2", Usage(1_000, 100, 0, 1_000), 22_000),
        ("claude-haiku-4-5-20251001", Usage(1, 0), 1),
        ("claude-haiku-5-5", Usage(1, 0), 1),  # 0.1 micro-USD, rounded up
        ("claude-haiku-5-5", Usage(0, 0), 0),
    ],
)
def test_costs_worked_by_hand(model: str, usage: Usage, micro_usd: int) -> None:
    assert cost_micro_usd(usage, rates_for(model, TODAY)) == micro_usd


def test_a_long_prompt_is_dearer_as_a_whole() -> None:
    rates = rates_for("claude-haiku-5-5", TODAY)
    assert cost_micro_usd(Usage(60_000, 100, cache_read_tokens=40_000), rates) == 6_450
    assert cost_micro_usd(Usage(60_001, 100, cache_read_tokens=40_000), rates) == 32_251


@given(usages, st.sampled_from([rates for rates in PRICES if rates.model != "claude-fable-5-2"]))
def test_cost_is_the_exact_sum_rounded_up(usage: Usage, rates: pricing.Rates) -> None:
    tier = rates.tier(usage.prompt_tokens)
    exact = sum(
        Fraction(tokens * (price or 0), 1_000_000)
        for tokens, price in [
            (usage.input_tokens, tier.input),
            (usage.output_tokens, tier.output),
            (usage.cache_read_tokens, tier.cache_read),
            (usage.cache_write_5m_tokens, tier.cache_write_5m),
            (usage.cache_write_1h_tokens, tier.cache_write_1h),
        ]
    )
    assert 0 <= cost_micro_usd(usage, rates) - exact < 1


def test_prices_change_on_their_day() -> None:
    assert rates_for("claude-sonnet-5-5", date(2026, 10, 6)).tiers[0].cache_read == 200_000
    assert rates_for("claude-sonnet-5-5", date(2026, 10, 7)).tiers[0].cache_read == 100_000


@pytest.mark.parametrize(
    ("model", "day"),
    [("claude-next", TODAY), ("", TODAY), ("claude-haiku-5-5-fast", TODAY), ("claude-haiku-5-5", date(2026, 10, 6))],
)
def test_an_unknown_price_is_refused(model: str, day: date) -> None:
    with pytest.raises(UnpricedModel):
        rates_for(model, day)


def test_a_token_without_a_price_is_refused() -> None:
    fable = rates_for("claude-fable-5-2", TODAY)
    with pytest.raises(UnpricedModel, match="one-hour"):
        cost_micro_usd(Usage(1, 1, cache_write_1h_tokens=1), fable)
    with pytest.raises(UnpricedModel, match="one-hour"):
        worst_case(request(settings=ModelSettings("claude-fable-5-2", thinking=True, cache_ttl="1h")), fable)


@pytest.mark.parametrize("rates", PRICES, ids=lambda rates: f"{rates.model}-{rates.since}")
def test_no_rate_is_free_and_longer_prompts_are_not_cheaper(rates: pricing.Rates) -> None:
    assert rates.tiers[0].from_tokens == 0
    for tier in rates.tiers:
        assert 0 < tier.cache_read < tier.input < tier.cache_write_5m < (tier.cache_write_1h or 10**9)
        assert tier.output > tier.input
    inputs = [tier.input for tier in rates.tiers]
    assert inputs == sorted(inputs)


def test_the_reserve_covers_the_bill(stub: AnthropicStub) -> None:
    rates = rates_for("claude-haiku-5-5", TODAY)
    sent = [
        request(),
        request("é🌊" * 3_000),
        build_request([CALMING, MOOD, PACE], item(frames=(frame(),) * 8), settings=HAIKU, seed=3),
        request(settings=ModelSettings("claude-haiku-5-5", cache_ttl="1h")),
    ]

    async def usages_of() -> list[Usage]:
        async with ClaudeClient(stub.api_key, stub.base_url) as client:
            return [(await client.complete(each)).usage for each in sent]

    bills = [cost_micro_usd(usage, rates) for usage in asyncio.run(usages_of())]
    assert [bill for bill, each in zip(bills, sent, strict=True) if bill > worst_case(each, rates)] == []
