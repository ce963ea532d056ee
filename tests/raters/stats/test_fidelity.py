import math

import numpy as np
import pytest

from raters.stats.fidelity import divergences, soft_label_fidelity, top1_agreement


def test_hand_computed_divergences() -> None:
    kl, js, tv = divergences(np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]]))
    assert kl[0] == pytest.approx(0.5 * math.log(2) + 0.5 * math.log(2 / 3))
    assert tv[0] == 0.25
    entropy = -sum(p * math.log2(p) for p in (0.375, 0.625))
    mean_entropy = (1 - sum(p * math.log2(p) for p in (0.25, 0.75))) / 2
    assert js[0] == pytest.approx(math.sqrt(entropy - mean_entropy))


def test_opposite_and_equal_certainties_are_the_ends_of_the_range() -> None:
    _, js, tv = divergences(np.array([[1.0, 0.0], [0.3, 0.7]]), np.array([[0.0, 1.0], [0.3, 0.7]]))
    assert (js.tolist(), tv.tolist()) == ([1.0, 0.0], [1.0, 0.0])


def test_a_tie_of_likeliest_levels_shares_the_item() -> None:
    assert top1_agreement(np.array([[0.5, 0.5, 0.0]]), np.array([[0.6, 0.2, 0.2]])).tolist() == [0.5]


def test_means_with_intervals() -> None:
    rng = np.random.default_rng(0)
    teacher, student = rng.dirichlet([1, 1, 1], 300), rng.dirichlet([1, 1, 1], 300)
    fidelity = soft_label_fidelity(teacher, student, seed=1)
    total = fidelity.total_variation
    by_item = divergences(teacher, student)[2]
    assert total.value == pytest.approx(by_item.mean())
    assert total.se == pytest.approx(by_item.std() / math.sqrt(300), rel=0.05)
    assert (total.low, total.high) == pytest.approx(
        (total.value - 1.96 * total.se, total.value + 1.96 * total.se), abs=3e-3
    )


def test_zero_probability_makes_only_kl_undefined() -> None:
    teacher, student = np.tile([0.5, 0.5], (12, 1)), np.tile([0.6, 0.4], (12, 1))
    student[3] = [1.0, 0.0]
    fidelity = soft_label_fidelity(teacher, student)
    assert fidelity.kl_divergence.value is None
    assert fidelity.kl_divergence.reason == "infinite: probability 0 for a level the teacher gives some, in 1 items"
    assert fidelity.total_variation.value == pytest.approx((11 * 0.1 + 0.5) / 12)


def test_no_items_are_undefined() -> None:
    assert soft_label_fidelity(np.zeros((0, 2)), np.zeros((0, 2))).jensen_shannon.reason == "no items"


@pytest.mark.parametrize(
    ("student", "message"),
    [([[0.5, 0.6]], "student: every row"), ([[1.5, -0.5]], "student: every row"), ([[1.0]], "differ in shape")],
)
def test_what_is_no_probability_is_refused(student: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        soft_label_fidelity(np.array([[0.5, 0.5]]), np.array(student))
