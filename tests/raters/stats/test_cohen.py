import numpy as np
import pytest

from raters.stats.cohen import cohen_from_table, cohen_kappa, cohen_table, contingency
from raters.stats.intervals import normal, root_t
from raters.stats.types import Ratings
from raters.stats.weights import agreement_weights


def test_both_standard_errors_of_sas() -> None:
    kappa = cohen_from_table(np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]]), np.eye(3))
    assert (kappa.estimate.value, kappa.estimate.se, kappa.ase0) == pytest.approx((0.4842, 0.1380, 0.1484), abs=6e-5)
    # Theirs is value -+ 1.96 SE; on 19 items that reaches too high and not low enough.
    assert normal(0.4842, 0.1380) == pytest.approx((0.2137, 0.7547), abs=1e-4)
    assert (kappa.estimate.low, kappa.estimate.high) == pytest.approx(root_t(0.48416, 0.13805, 18), abs=2e-4)
    assert kappa.estimate.method == "asymptotic, t with 18 df on the root"


def test_a_rare_level_refuses_the_interval_and_keeps_the_value() -> None:
    kappa = cohen_from_table(np.array([[90, 2], [3, 2]]), np.eye(2)).estimate
    assert (kappa.value, kappa.low) == (pytest.approx(0.4178, abs=1e-4), None)
    assert kappa.reason == "interval refused: only 9 labels differ from the commonest level"


def test_the_weighted_standard_error_is_close_to_the_spread_of_samples() -> None:
    w = agreement_weights("quadratic", np.arange(3.0))
    p = np.array([[0.2, 0.06, 0.02], [0.05, 0.25, 0.07], [0.01, 0.06, 0.28]])
    tables = np.random.default_rng(0).multinomial(300, p.ravel(), size=400).reshape(-1, 3, 3)
    values = [cohen_from_table(table, w).estimate.value for table in tables]
    assert cohen_from_table((p * 300).astype(np.int64), w).estimate.se == pytest.approx(np.std(values), rel=0.12)


def test_one_level_used_by_both_is_undefined() -> None:
    kappa = cohen_from_table(np.array([[5, 0], [0, 0]]), np.eye(2))
    assert (kappa.estimate.value, kappa.ase0) == (None, None)
    assert kappa.estimate.reason == "no variation: both raters used one and the same level"


def test_raters_without_a_shared_item_are_undefined() -> None:
    assert cohen_kappa(Ratings.from_matrix([[0, -1], [-1, 1]], q=2)).reason == "the raters share no item"


def test_perfect_agreement_keeps_its_value_and_refuses_the_interval() -> None:
    estimate = cohen_from_table(np.array([[8, 0], [0, 4]]), np.eye(2)).estimate
    assert (estimate.value, estimate.se, estimate.low) == (1.0, 0.0, None)
    assert estimate.reason == "interval refused: the asymptotic standard error is 0"


def test_of_a_repeated_rating_the_first_counts() -> None:
    ratings = Ratings.from_labels(
        ["i", "i", "i"], ["a", "a", "b"], ["no", "yes", "yes"], levels=["no", "yes"], allow_repeats=True
    )
    assert contingency(ratings, 0, 1).tolist() == [[0, 1], [0, 0]]
    assert cohen_table(ratings, level="nominal") == {"pairs": [], "n_pairs_left_out": 1}


def test_the_table_lists_the_pairs_that_share_most() -> None:
    rng = np.random.default_rng(0)
    matrix = np.full((30, 4), -1)
    for rater, shared in enumerate([30, 25, 12, 5]):
        matrix[:shared, rater] = rng.integers(0, 2, shared)
    table = cohen_table(Ratings.from_matrix(matrix, q=2), level="nominal")
    assert [(pair["raters"], pair["n"]) for pair in table["pairs"]] == [
        (["0", "1"], 25),
        (["0", "2"], 12),
        (["1", "2"], 12),
    ]
    assert table["n_pairs_left_out"] == 3


def test_the_table_stops_at_fifty_pairs_and_counts_the_rest() -> None:
    table = cohen_table(Ratings.from_matrix(np.random.default_rng(0).integers(0, 2, (12, 12)), q=2), level="nominal")
    assert (len(table["pairs"]), table["n_pairs_left_out"]) == (50, 16)


def test_an_ordinal_table_adds_both_weightings() -> None:
    matrix = np.random.default_rng(0).integers(0, 3, (20, 2))
    ratings = Ratings.from_matrix(matrix, q=3)
    (pair,) = cohen_table(ratings, level="ordinal")["pairs"]
    assert pair["quadratic"]["value"] == cohen_kappa(ratings, weighting="quadratic").value
    assert pair["linear"]["value"] == cohen_kappa(ratings, weighting="linear").value
