import numpy as np
import pytest

from raters.stats.intervals import wilson
from raters.stats.prevalence import UNWEIGHTED, share

HOLDS = np.array([True] * 6 + [False] * 14)


def test_equal_probabilities_give_the_plain_share_with_wilsons_interval() -> None:
    found = share(HOLDS, np.full(20, 0.1))
    assert (found.value, found.n, found.method) == (0.3, 20, "Wilson")
    assert (found.low, found.high) == wilson(6, 20)


def test_unknown_probabilities_are_said() -> None:
    assert share(HOLDS, None).method == f"Wilson, {UNWEIGHTED}"


def test_unequal_probabilities_weight_the_items() -> None:
    holds = np.tile(HOLDS, 2)
    found = share(holds, np.where(holds, 0.5, 0.1))
    assert found.value == pytest.approx(6 / 0.5 / (6 / 0.5 + 14 / 0.1))
    assert found.low is not None
    assert found.low < found.value < found.high
    assert found.method == "Hajek, Wilson at the effective number of items"


def test_heavy_weights_leave_few_of_the_rarer_kind() -> None:
    found = share(HOLDS, np.where(np.arange(20) == np.flatnonzero(HOLDS)[0], 0.05, 0.5))
    assert found.value == pytest.approx(30 / 58)
    assert found.reason == "interval refused: weighted, the sample carries 2.14 of the rarer kind (from 8 on)"


def test_few_items_have_a_value_and_no_interval() -> None:
    found = share(HOLDS[:8], np.linspace(0.1, 0.8, 8))
    assert found.value is not None
    assert (found.low, found.reason) == (None, "interval refused: fewer than 10 items")


def test_no_items_are_undefined() -> None:
    found = share(np.zeros(0, dtype=bool), None)
    assert (found.value, found.reason) == (None, "no item has a gold label")


@pytest.mark.parametrize("probability", [np.zeros(20), np.full(20, 1.2), np.full(3, 0.5)])
def test_impossible_probabilities_are_refused(probability: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one inclusion probability"):
        share(HOLDS, probability)


def test_an_oversampled_stratum_does_not_bias_the_estimate() -> None:
    """Nominal coverage over draws of which the positive half is three times as likely."""
    rng = np.random.default_rng(5)
    population = np.arange(2000) < 500
    pi = np.where(population, 0.15, 0.05)
    hits = 0
    for _draw in range(300):
        drawn = rng.random(2000) < pi
        found = share(population[drawn], pi[drawn])
        hits += found.low <= 0.25 <= found.high
    assert 0.90 <= hits / 300 <= 0.99
