import numpy as np
import pytest

from raters.stats.alt_test import AltTest, alt_test
from raters.stats.alt_test_power import Design, Verdict, items_for, power, verdict
from raters.stats.contests import contests
from raters.stats.types import IntArray, Ratings
from tests.raters.stats.simulated import panel


def judged(ratings: Ratings, model: IntArray, **options: float) -> tuple[AltTest, Verdict]:
    test = alt_test(ratings, model, **options)
    return test, verdict(test, contests(ratings, model, score="accuracy"))


def design(seed: int, n_items: int) -> Design:
    return Design.of(contests(*panel(seed, n_items), score="accuracy"), np.arange(3))


def test_the_stated_power_is_how_often_an_equal_model_passes() -> None:
    passed = np.mean([alt_test(*panel(seed, 100), epsilon=0.1).passed for seed in range(200)])
    stated = np.mean([power(design(seed, 100), epsilon=0.1) for seed in range(20)])
    assert stated == pytest.approx(passed, abs=0.12)


def test_power_grows_with_items_and_epsilon() -> None:
    at = design(3, 100)
    by_items = [power(at, epsilon=0.1, times=times) for times in (0.5, 1, 2, 4)]
    by_epsilon = [power(at, epsilon=epsilon) for epsilon in (0.0, 0.1, 0.2, 0.3)]
    assert by_items == sorted(by_items)
    assert by_epsilon == sorted(by_epsilon)
    assert by_epsilon[0] < 0.05


def test_the_items_named_reach_the_power() -> None:
    at = design(3, 60)
    items = items_for(at, 0.8, epsilon=0.1)
    assert power(at, epsilon=0.1, times=items / 60) >= 0.8 > power(at, epsilon=0.1, times=(items - 1) / 60)
    assert items_for(at, 0.8, epsilon=0.0) is None


def test_a_good_model_passes_and_the_doubt_left_is_said() -> None:
    test, said = judged(*panel(0, 200, model=0.85))
    assert (test.passed, said.conclusion) == (True, "passed")
    assert said.sentence.startswith("Passed at epsilon 0.2: the model holds against 3 of 3 raters on 200 items.")


def test_a_bad_model_fails_even_on_few_items() -> None:
    _, said = judged(*panel(0, 60, accuracy=0.95, model=0.3))
    assert said.conclusion == "failed"
    assert "Most raters are seen to be ahead" in said.sentence


def test_few_items_are_no_failure() -> None:
    test, said = judged(*panel(5, 50), epsilon=0.1)
    assert (test.passed, said.conclusion) == (False, "not_enough_data")
    assert said.sentence.startswith(f"Not enough data: rate about {said.more_items} more items.")
    assert said.more_items > 50


def test_at_epsilon_zero_no_number_of_items_is_named() -> None:
    _, said = judged(*panel(5, 100), epsilon=0.0)
    assert (said.conclusion, said.more_items) == ("failed", None)
    assert "no number of items" in said.sentence


def test_without_a_rater_to_test_the_items_that_lack_are_named() -> None:
    _, said = judged(*panel(0, 20))
    assert (said.conclusion, said.power, said.more_items) == ("not_enough_data", None, 10)
    _, said = judged(*panel(0, 20, raters=2))
    assert said.more_items == 30


def test_two_raters_and_few_items_are_warned_about() -> None:
    _, said = judged(*panel(0, 40, raters=2))
    assert said.warnings == ("the test asks for at least 3 raters, here are 2", "the test asks for at least 50 items")


def test_a_clearly_worse_model_that_passes_is_warned_about() -> None:
    test, said = judged(*panel(0, 800, model=0.6))
    assert test.passed
    assert any(warning.startswith("passed although some raters are better") for warning in said.warnings)


def test_constant_labels_are_warned_about() -> None:
    _, said = judged(Ratings.from_matrix(np.zeros((60, 3), dtype=int), q=1), np.zeros(60, dtype=int))
    assert said.sentence.endswith("raters on 60 items.")
    assert said.warnings == ("the difference from the model is the same on every item: nothing is tested",)
