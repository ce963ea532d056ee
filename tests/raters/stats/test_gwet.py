import math

import numpy as np
import pytest

from raters.stats.gwet import brennan_prediger, fleiss_kappa, gwet_ac1, gwet_ac2, percent_agreement, scott_pi
from raters.stats.types import Ratings


def noisy(n: int, *, seed: int = 0, raters: int = 3, accuracy: float = 0.8, q: int = 3) -> Ratings:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, q, n)
    wrong = (truth[:, None] + rng.integers(1, q, (n, raters))) % q
    return Ratings.from_matrix(np.where(rng.random((n, raters)) < accuracy, truth[:, None], wrong), q=q)


def test_constant_labels_leave_only_chance_by_margins_undefined() -> None:
    ratings = Ratings.from_matrix([[0, 0]] * 20, q=2)
    assert [f(ratings).value for f in (percent_agreement, gwet_ac1, gwet_ac2, brennan_prediger)] == [1, 1, 1, 1]
    assert [f(ratings).value for f in (fleiss_kappa, scott_pi)] == [None, None]
    assert percent_agreement(ratings).reason == "interval refused: every resample gives the same value"


def test_a_scale_of_one_level_is_undefined() -> None:
    assert gwet_ac1(Ratings.from_matrix([[0, 0]] * 20, q=1)).reason == "no variation: the scale has a single level"


def test_few_items_keep_the_value_and_refuse_the_interval() -> None:
    estimate = gwet_ac1(Ratings.from_matrix([[0, 0], [1, 1], [0, 1]], q=2))
    assert estimate.value == pytest.approx((2 / 3 - 0.5) / 0.5)
    assert (estimate.low, estimate.reason) == (None, "interval refused: fewer than 10 items have two ratings")


def test_a_rare_level_refuses_the_interval_of_a_coefficient_that_lives_on_it() -> None:
    ratings = Ratings.from_matrix([[0, 0]] * 95 + [[1, 1], [0, 1], [1, 0], [1, 1], [0, 1]], q=2)
    fleiss = fleiss_kappa(ratings)
    assert fleiss.reason == "interval refused: only 7 labels differ from the commonest level"
    chance = 0.035**2 + 0.965**2
    assert fleiss.value == pytest.approx((0.97 - chance) / (1 - chance))
    assert gwet_ac1(ratings).low is not None


@pytest.mark.parametrize("function", [percent_agreement, fleiss_kappa, gwet_ac1, gwet_ac2, brennan_prediger])
def test_duplicating_every_item_shrinks_the_standard_error_by_the_root_of_two(function) -> None:
    once = noisy(50)
    twice = Ratings.from_matrix(np.tile(once.level.reshape(50, 3), (2, 1)), q=3)
    exact = math.sqrt(49 / 99)
    assert function(twice, replicates=0).se == pytest.approx(function(once, replicates=0).se * exact, rel=1e-9)


@pytest.mark.parametrize("function", [percent_agreement, fleiss_kappa, gwet_ac1, gwet_ac2, brennan_prediger])
def test_the_linearised_standard_error_is_close_to_the_spread_of_samples(function) -> None:
    values = [function(noisy(200, seed=seed), replicates=0).value for seed in range(150)]
    assert function(noisy(200, seed=999), replicates=0).se == pytest.approx(np.std(values), rel=0.25)


def test_scott_equals_fleiss_on_complete_data() -> None:
    ratings = noisy(30)
    assert scott_pi(ratings).value == pytest.approx(fleiss_kappa(ratings).value, abs=1e-12)


def test_scott_weighs_ratings_where_fleiss_weighs_items() -> None:
    ratings = Ratings.from_matrix([[0, 0, 0, 0], [1, 1, -1, -1], [0, 1, -1, -1]], q=2)
    observed, p = 2 / 3, 5 / 8
    chance = p**2 + (1 - p) ** 2
    assert scott_pi(ratings).value == pytest.approx((observed - chance) / (1 - chance))
    assert fleiss_kappa(ratings).value == pytest.approx((observed - 0.5) / 0.5)


def test_the_same_seed_gives_the_same_interval_in_any_order_of_items() -> None:
    ratings = noisy(60)
    shuffled = Ratings.from_matrix(np.random.default_rng(1).permutation(ratings.level.reshape(60, 3)), q=3)
    one, other = fleiss_kappa(ratings, seed=7), fleiss_kappa(shuffled, seed=7)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=1e-12)
    assert fleiss_kappa(ratings, seed=8).low != one.low
