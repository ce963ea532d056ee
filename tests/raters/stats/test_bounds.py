"""What missing items can change: laws of the bounds, and that they hold whatever is missing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.stats.bounds import worst_case
from raters.stats.prevalence import share
from raters.stats.types import BoolArray, FloatArray

SEEDS = st.integers(0, 2**32)


def sample(seed: int) -> tuple[BoolArray, BoolArray, FloatArray]:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    return rng.random(n) < 0.4, rng.random(n) < 0.8, rng.uniform(0.05, 1, n)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_the_bounds_hold_every_way_the_missing_may_fall(seed: int) -> None:
    holds, answered, probability = sample(seed)
    found = worst_case(holds, answered, probability, replicates=0)
    truth = share(holds, probability, replicates=0)
    assert found.low.value is not None
    assert found.high.value is not None
    assert truth.value is not None
    assert found.low.value - 1e-12 <= truth.value <= found.high.value + 1e-12
    assert (found.n, found.missing) == (len(holds), int((~answered).sum()))


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_they_are_as_far_apart_as_the_weight_of_the_missing(seed: int) -> None:
    holds, answered, probability = sample(seed)
    found = worst_case(holds, answered, probability, replicates=0)
    missing = (1 / probability[~answered]).sum() / (1 / probability).sum()
    assert (found.high.value or 0) - (found.low.value or 0) == pytest.approx(missing)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_of_the_opposite_they_change_places(seed: int) -> None:
    holds, answered, probability = sample(seed)
    found, opposite = (worst_case(y, answered, probability, replicates=0) for y in (holds, ~holds))
    assert (1 - (opposite.high.value or 0), 1 - (opposite.low.value or 0)) == pytest.approx(
        (found.low.value, found.high.value)
    )


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_what_is_said_of_a_missing_item_is_not_read(seed: int) -> None:
    holds, answered, probability = sample(seed)
    assert worst_case(holds, answered, probability, replicates=20) == worst_case(
        holds & answered, answered, probability, replicates=20
    )


def test_with_every_answer_both_ends_are_the_share() -> None:
    holds = np.repeat([True, False], [30, 70])
    found = worst_case(holds, np.ones(100, dtype=np.bool_), None)
    assert found.low == found.high == share(holds, None)


def test_without_items_both_ends_are_undefined() -> None:
    found = worst_case(np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_), None)
    assert (found.low.value, found.low.reason, found.missing) == (None, "no item has a gold label", 0)


def test_items_and_answers_are_of_one_length() -> None:
    with pytest.raises(ValueError, match="3 items say whether they are answered, 2 what holds"):
        worst_case(np.ones(2, dtype=np.bool_), np.ones(3, dtype=np.bool_), None)


@pytest.mark.parametrize("missing_of", [(0.0, 0.6), (0.6, 0.0), (0.3, 0.3)])
def test_the_interval_covers_what_the_answered_alone_miss(missing_of: tuple[float, float]) -> None:
    """Answers go missing by what they would have been: the answered alone are off, from bound to bound never."""
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        holds = rng.random(150) < 0.3
        answered = rng.random(150) >= np.where(holds, missing_of[1], missing_of[0])
        found = worst_case(holds, answered, None)
        covered += (found.low.low or 0) <= 0.3 <= (found.high.high or 0)
    assert covered / 400 >= 0.95
