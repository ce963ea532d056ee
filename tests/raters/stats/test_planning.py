import numpy as np
import pytest

from raters.stats.alt_test import alt_test
from raters.stats.intervals import wilson
from raters.stats.planning import plan_for_power, plan_for_width
from tests.raters.stats.simulated import panel


@pytest.mark.parametrize("prevalence", [0.0, 0.02, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("width", [0.02, 0.1, 0.3])
def test_the_interval_is_as_narrow_as_wished_and_not_with_an_item_less(prevalence: float, width: float) -> None:
    n = plan_for_width(prevalence, width).items

    def reached(n: int) -> float:
        low, high = wilson(prevalence * n, n)
        return high - low

    assert reached(n) <= width < reached(n - 1)


def test_a_plan_counts_ratings_and_hours() -> None:
    plan = plan_for_width(0.1, 0.1, raters=3, seconds=20)
    assert plan.ratings == 3 * plan.items
    assert plan.hours == pytest.approx(plan.ratings * 20 / 3600)
    assert plan.assumed == "95% Wilson interval of a share of 0.1, items drawn at random, 20 s a rating"


def test_narrower_and_surer_need_more() -> None:
    assert plan_for_width(0.3, 0.05).items > plan_for_width(0.3, 0.1).items
    assert plan_for_width(0.3, 0.1, confidence=0.99).items > plan_for_width(0.3, 0.1).items
    assert plan_for_power(0.9, 3, epsilon=0.1).items > plan_for_power(0.8, 3, epsilon=0.1).items
    assert plan_for_power(0.8, 3, epsilon=0.1).items > plan_for_power(0.8, 3, epsilon=0.2).items


def test_the_planned_items_give_the_power_in_simulation() -> None:
    items = plan_for_power(0.8, 3, epsilon=0.15, accuracy=0.7).items
    passed = np.mean([alt_test(*panel(seed, items), epsilon=0.15).passed for seed in range(200)])
    assert 0.7 <= passed <= 0.92


def test_a_worse_model_may_never_pass() -> None:
    plan = plan_for_power(0.8, 3, epsilon=0.05, accuracy=0.9, model_accuracy=0.5)
    assert (plan.items, plan.ratings, plan.hours) == (None, None, None)
    assert plan.reason.startswith("no number of items")


def test_a_plan_repeats() -> None:
    assert plan_for_power(0.8, 4, levels=3) == plan_for_power(0.8, 4, levels=3)


def test_no_plan_is_below_the_items_the_test_asks_for() -> None:
    assert plan_for_power(0.5, 3, accuracy=0.6, model_accuracy=0.999).items >= 30


def test_bad_input_is_refused() -> None:
    for prevalence, width in ((-0.1, 0.1), (0.5, 0.0), (0.5, 1.0), (float("nan"), 0.1)):
        with pytest.raises(ValueError, match="prevalence must lie in"):
            plan_for_width(prevalence, width)
    with pytest.raises(ValueError, match="seconds a rating above 0"):
        plan_for_width(0.5, 0.1, seconds=0)
    with pytest.raises(ValueError, match="power and q"):
        plan_for_power(1.0, 3)
    with pytest.raises(ValueError, match="two raters"):
        plan_for_power(0.8, 1)
    with pytest.raises(ValueError, match="accuracies"):
        plan_for_power(0.8, 3, accuracy=1.0)
