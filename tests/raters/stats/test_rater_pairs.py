import numpy as np
import pytest

from raters.stats.cohen import cohen_kappa
from raters.stats.intervals import wilson
from raters.stats.rater_pairs import rater_pairs
from raters.stats.types import Ratings


def drawn(seed: int = 0, q: int = 3) -> Ratings:
    """60 items, three raters, a fifth missing."""
    rng = np.random.default_rng(seed)
    table = rng.integers(0, q, (60, 3)).astype(np.float64)
    table[rng.random(table.shape) < 0.2] = np.nan
    return Ratings.from_matrix(table, q=q)


@pytest.mark.parametrize(("level", "weighting"), [("nominal", "unweighted"), ("ordinal", "quadratic")])
def test_kappa_is_cohens(level: str, weighting: str) -> None:
    ratings = drawn()
    for pair in rater_pairs(ratings, [0, 1, 2], level=level):
        assert pair.kappa == cohen_kappa(ratings, raters=(pair.a, pair.b), weighting=weighting)


def test_agreement_is_the_share_of_shared_items_with_one_level() -> None:
    ratings = Ratings.from_matrix([[0, 0]] * 8 + [[0, 1]] * 4 + [[0, np.nan]], q=2)
    (pair,) = rater_pairs(ratings, [0, 1], level="nominal")
    assert (pair.agreement.value, pair.agreement.n) == (pytest.approx(8 / 12), 12)
    assert (pair.agreement.low, pair.agreement.high) == pytest.approx(wilson(8, 12))


def test_few_items_have_a_value_and_no_interval() -> None:
    (pair,) = rater_pairs(Ratings.from_matrix([[0, 0], [1, 1], [1, 0]], q=2), [0, 1], level="nominal")
    for figure in (pair.agreement, pair.kappa):
        assert figure.value is not None
        assert (figure.low, figure.n, figure.reason) == (None, 3, "interval refused: fewer than 10 items in common")


def test_strangers_are_listed_as_undefined() -> None:
    (pair,) = rater_pairs(Ratings.from_matrix([[0, np.nan], [np.nan, 1]], q=2), [0, 1], level="nominal")
    assert (pair.agreement.value, pair.kappa.reason) == (None, "the raters share no item")
