"""Stated coverage, where it can be seen in seconds; `manage.py simulate_coverage` does all of it."""

import functools

import numpy as np
import pytest

from raters.stats.coverage import Coverage, Design, Population, band, simulate
from raters.stats.coverage_designs import DESIGNS
from raters.stats.intervals import wilson
from raters.stats.types import Estimate

QUICK = {
    # topic: draws, and designs that are cheap
    "pairs": (
        400,
        (
            "2 raters, prevalence 0.5, sensitivity 0.9, n 100",
            "2 raters, prevalence 0.1, sensitivity 0.8, n 100",
            "2 raters, 4 ordered levels, n 50",
        ),
    ),
    "prevalence": (300, ("prevalence 0.1, n 200, drawn evenly", "prevalence 0.3, n 200, unsure items 3:1")),
    "contests": (300, ("3 raters, a model of accuracy 0.7, n 50", "3 raters, a model of accuracy 0.85, n 100")),
    "agreement": (100, ("3 raters, prevalence 0.1, n 100", "3 raters, prevalence 0.05, n 50")),
}


@functools.cache
def quick(topic: str) -> tuple[Coverage, ...]:
    draws, names = QUICK[topic]
    return tuple(row for name in names for row in simulate(DESIGNS[topic][name](), draws=draws))


@pytest.mark.parametrize("topic", QUICK)
def test_no_interval_holds_the_truth_less_often_than_it_promises(topic: str) -> None:
    rows = quick(topic)
    assert rows
    assert [row for row in rows if row.verdict == "too low"] == []


def test_where_one_level_is_rare_the_interval_is_refused_more_often_than_not() -> None:
    alpha = next(row for row in quick("agreement") if row.design.endswith("0.05, n 50") and "alpha" in row.interval)
    assert alpha.refused > 0.5


def coins(*, width: float) -> Design:
    """A share of heads in 100 tosses with its Wilson interval made `width` times as wide."""

    def found(rng: np.random.Generator, seed: int) -> dict[str, Estimate]:
        heads = int(rng.binomial(100, 0.5))
        low, high = wilson(heads, 100)
        half = width * (high - low) / 2
        middle = (low + high) / 2
        return {"share": Estimate(heads / 100, None, middle - half, middle + half, "test", 100, None)}

    return Design("coins", found, {"share": 0.5})


@pytest.mark.parametrize(("width", "verdict"), [(1.0, "stated"), (0.6, "too low"), (2.0, "conservative")])
def test_the_simulation_tells_right_from_wrong(width: float, verdict: str) -> None:
    (row,) = simulate(coins(width=width), draws=600)
    assert (row.verdict, row.given, row.refused) == (verdict, 600, 0)
    assert row.width == pytest.approx(0.19 * width, rel=0.05)


def test_what_is_refused_promises_nothing() -> None:
    def nothing(rng: np.random.Generator, seed: int) -> dict[str, Estimate]:
        return {"share": Estimate.undefined("too few")}

    (row,) = simulate(Design("none", nothing, {"share": 0.5}), draws=50)
    assert (row.verdict, row.coverage, row.refused) == ("refused", None, 1)


def test_the_band_is_that_of_the_binomial() -> None:
    """With 1,000 intervals, 932 to 967 hold the truth in 99 % of simulations."""
    assert band(1000) == (0.931, 0.967)


def test_a_population_is_whole_and_sampled_in_proportion() -> None:
    population = Population(np.array([[0], [1]]), np.array([0.25, 0.75]))
    assert population.whole(1000).mean() == 0.75
    assert population.sample(4000, np.random.default_rng(0)).mean() == pytest.approx(0.75, abs=0.03)
