import numpy as np
import pytest
import scipy.stats

from raters.stats.alt_test import alt_test, alt_tests, p_value
from raters.stats.contests import contests
from raters.stats.multiplicity import benjamini_yekutieli
from raters.stats.types import Ratings
from tests.raters.stats.simulated import panel


def test_a_rater_and_a_model_are_held_against_the_others() -> None:
    """One item, three raters 0 0 1 and a model 1: against {0, 1} all are equal, against {0, 0} the model wins none."""
    ratings = Ratings.from_matrix([[0, 0, 1]], q=2, values=[0, 1])
    found = contests(ratings, np.array([1]), score="accuracy")
    assert found.model_wins.tolist() == [True, True, True]
    assert found.rater_wins.tolist() == [True, True, True]
    found = contests(Ratings.from_matrix([[0, 0, 1]], q=2), np.array([0]), score="accuracy")
    assert found.model_wins.tolist() == [True, True, True]
    assert found.rater_wins.tolist() == [True, True, False]


def test_distance_counts_on_a_numeric_scale_only() -> None:
    ratings = Ratings.from_matrix([[4, 0, 0]], q=5, values=[1, 2, 3, 4, 5])
    near = np.array([1])
    assert contests(ratings, near, score="accuracy").model_wins.tolist() == [True, False, False]
    # Beside rater 1 the others say 5 and 1: squared, the model's 2 is 9 + 1 away, the rater's 1 is 16 + 0.
    assert contests(ratings, near, score="neg_rmse").model_wins.tolist() == [True, True, True]


def test_items_without_two_raters_or_without_the_model_take_no_part() -> None:
    ratings = Ratings.from_matrix([[0, 0, -1], [0, -1, -1], [1, 1, 0]], q=2)
    found = contests(ratings, np.array([0, 0, -1]), score="accuracy")
    assert found.item.tolist() == [0, 0]
    assert found.rater.tolist() == [0, 1]


def test_p_values_are_those_of_the_t_test_and_of_wilcoxon() -> None:
    d = np.random.default_rng(1).choice([-1.0, 0.0, 1.0], 60, p=[0.3, 0.5, 0.2])
    assert p_value(d, 0.1) == pytest.approx(scipy.stats.ttest_1samp(d, 0.1, alternative="less").pvalue)
    few = d[:20]
    theirs = scipy.stats.wilcoxon(few - 0.1, alternative="less", correction=False, method="asymptotic").pvalue
    assert p_value(few, 0.1) == pytest.approx(theirs)


@pytest.mark.parametrize(("mean", "epsilon", "expected"), [(0.0, 0.1, 0.0), (1.0, 0.1, 1.0), (0.0, 0.0, None)])
def test_differences_that_never_vary(mean: float, epsilon: float, expected: float | None) -> None:
    assert p_value(np.full(40, mean), epsilon) == expected


def test_a_rater_without_a_p_value_is_not_won() -> None:
    ratings = Ratings.from_matrix(np.zeros((40, 3), dtype=int), q=2)
    same = alt_test(ratings, np.zeros(40, dtype=int), epsilon=0.0)
    assert (same.winning_rate, same.passed) == (0.0, False)
    assert {rater.reason for rater in same.raters} == {"undefined: the difference is epsilon on every item"}
    assert (same.advantage.value, same.advantage.low) == (1.0, None)


def test_labels_that_never_vary_pass_without_an_interval() -> None:
    """The official code's verdict; that nothing was tested is said beside it."""
    test = alt_test(Ratings.from_matrix(np.zeros((60, 3), dtype=int), q=1), np.zeros(60, dtype=int), epsilon=0.1)
    assert (test.winning_rate, test.passed) == (1.0, True)
    assert {(rater.p, rater.low, rater.reason) for rater in test.raters} == {
        (0.0, None, "interval refused: the difference is the same on every item")
    }


def test_raters_with_few_items_are_references_only() -> None:
    ratings, model = panel(0, 60, raters=4)
    kept = (ratings.rater != 3) | (ratings.item < 20)
    fewer = Ratings(ratings.item[kept], ratings.rater[kept], ratings.level[kept], 60, 4, 2)
    found = alt_test(fewer, model)
    assert [rater.rater for rater in found.raters] == ["0", "1", "2"]
    assert found.not_tested == (("3", 20),)
    alone = Ratings(
        ratings.item[ratings.rater < 3], ratings.rater[ratings.rater < 3], ratings.level[ratings.rater < 3], 60, 4, 2
    )
    assert alt_test(alone, model).advantage.value != found.advantage.value


def test_nobody_to_test_is_undefined_with_a_reason() -> None:
    ratings, model = panel(0, 20)
    found = alt_test(ratings, model)
    assert (found.winning_rate, found.passed, found.curve) == (None, None, ())
    assert found.reason == "no rater has 30 items that another rater and the model have labelled too"
    silent = alt_test(ratings, np.full(20, -1))
    assert silent.reason == "no item has ratings of two raters and a label of the model"
    assert alt_test(ratings, model, min_items=10).winning_rate is not None


def test_one_family_over_attributes() -> None:
    both = {"calm": panel(1, 80, model=0.75), "loud": panel(2, 80, model=0.65)}
    family = alt_tests(both)
    p = [rater.p for test in family.values() for rater in test.raters]
    adjusted = [rater.p_adjusted for test in family.values() for rater in test.raters]
    assert adjusted == pytest.approx(benjamini_yekutieli(np.array(p)).tolist())
    alone = {name: alt_test(*pair) for name, pair in both.items()}
    assert alone["calm"].raters[0].p == family["calm"].raters[0].p
    assert alone["calm"].raters[0].p_adjusted != family["calm"].raters[0].p_adjusted


def test_the_curve_rises_and_meets_the_test() -> None:
    ratings, model = panel(4, 150)
    found = alt_test(ratings, model, epsilon=0.15)
    rates = [rate for _, rate, _ in found.curve]
    assert rates == sorted(rates)
    assert [e for e, _, _ in found.curve] == pytest.approx(np.arange(0, 0.51, 0.05).tolist())
    assert {e: rate for e, rate, _ in found.curve}[0.15] == found.winning_rate


def test_benjamini_hochberg_wins_at_least_as_many() -> None:
    for seed in range(5):
        ratings, model = panel(seed, 60, raters=5)
        assert alt_test(ratings, model, correction="bh").winning_rate >= alt_test(ratings, model).winning_rate


def test_bad_input_is_refused() -> None:
    ratings, model = panel(0, 40)
    with pytest.raises(ValueError, match="needs one label in -1..1 for each of 40 items"):
        alt_test(ratings, model[:-1])
    with pytest.raises(ValueError, match="needs one label in"):
        alt_test(ratings, model + 5)
    with pytest.raises(ValueError, match="needs the levels as numbers"):
        alt_test(Ratings.from_matrix([[0, 1]], q=2), np.array([0]), score="neg_rmse")
    with pytest.raises(ValueError, match="epsilon must lie in"):
        alt_test(ratings, model, epsilon=-0.1)


def test_the_interval_of_the_advantage_covers() -> None:
    """Nominal 95 %: the truth by a very large sample."""
    truth = alt_test(*panel(99, 200_000)).advantage.value
    found = [alt_test(*panel(seed, 80)).advantage for seed in range(300)]
    covered = sum(each.low <= truth <= each.high for each in found)
    assert 0.915 <= covered / 300 <= 0.98


def test_items_of_fewer_raters_than_asked_for_take_no_part() -> None:
    labels = np.random.default_rng(0).integers(0, 2, (80, 3))
    labels[:30, 2] = -1
    ratings, model = Ratings.from_matrix(labels, q=2), labels[:, 0]
    assert (alt_test(ratings, model).n_items, alt_test(ratings, model, min_raters=3).n_items) == (80, 50)
