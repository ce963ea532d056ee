import itertools

import numpy as np
import pytest

from raters.stats.cohen import cohen_kappa
from raters.stats.conger import conger_kappa
from raters.stats.intervals import root_t
from raters.stats.types import Ratings

RAW = [
    [0, 0, -1, 0],
    [1, 1, 2, 1],
    [2, 2, 2, 2],
    [2, 2, 2, 2],
    [1, 1, 1, 1],
    [0, 1, 2, 3],
    [3, 3, 3, 3],
    [0, 0, 1, 0],
    [1, 1, 1, 1],
    [-1, 4, 4, 4],
    [-1, -1, 0, 0],
    [-1, -1, 2, -1],
]


def test_the_value_and_standard_error_of_r_irrcac() -> None:
    estimate = conger_kappa(Ratings.from_matrix(RAW, q=5))
    assert (estimate.value, estimate.se) == pytest.approx((0.76282, 0.14917), abs=1e-5)
    # R cuts 0.76282 -+ 2.201 SE off at 1.
    assert (estimate.low, estimate.high) == pytest.approx(root_t(0.76282, 0.14917, 11), abs=1e-4)
    assert estimate.method == "linearised (Gwet), t with 11 df on the root"


def test_chance_is_the_mean_over_pairs_of_raters() -> None:
    matrix = np.random.default_rng(0).integers(0, 3, (40, 4))
    margins = [np.bincount(column, minlength=3) / 40 for column in matrix.T]
    chance = np.mean([a @ b for a, b in itertools.combinations(margins, 2)])
    observed = np.mean([(a == b).mean() for a, b in itertools.combinations(matrix.T, 2)])
    estimate = conger_kappa(Ratings.from_matrix(matrix, q=3))
    assert estimate.value == pytest.approx((observed - chance) / (1 - chance), abs=1e-12)


def test_two_raters_give_cohens_kappa() -> None:
    ratings = Ratings.from_matrix(np.random.default_rng(0).integers(0, 3, (40, 2)), q=3)
    conger, cohen = conger_kappa(ratings), cohen_kappa(ratings)
    assert conger.value == pytest.approx(cohen.value, abs=1e-12)
    assert conger.se == pytest.approx(cohen.se * np.sqrt(40 / 39), abs=1e-9)


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ([[0, -1], [1, -1]], "fewer than two raters"),
        ([[0, -1], [-1, 1]], "no item has two ratings"),
        ([[1, 1], [1, 1]], "no variation: chance agreement is 1"),
    ],
)
def test_undefined_says_why(matrix: list[list[int]], reason: str) -> None:
    estimate = conger_kappa(Ratings.from_matrix(matrix, q=2))
    assert (estimate.value, estimate.reason) == (None, reason)


def test_without_spread_the_interval_is_refused() -> None:
    estimate = conger_kappa(Ratings.from_matrix([[0, 0], [1, 1], [0, 0]], q=2))
    assert (estimate.value, estimate.low) == (1.0, None)
    assert estimate.reason == "interval refused: the items show no spread"


def test_without_a_disagreement_there_is_no_interval_whatever_single_ratings_say() -> None:
    agreed = [[0, 0, 0]] * 15 + [[1, 1, 1]] * 15
    estimate = conger_kappa(Ratings.from_matrix([*agreed, [0, -1, -1], [-1, 1, -1]], q=2))
    assert (estimate.value, estimate.low) == (1, None)
    assert estimate.reason == "interval refused: the items show no spread"
