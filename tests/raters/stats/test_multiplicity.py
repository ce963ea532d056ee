import numpy as np
import pytest

from raters.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, harmonic, holm

# Benjamini and Hochberg (1995), section 3.2: fifteen comparisons of two treatments of heart attacks.
BH_1995 = np.array(
    [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0]
)


def test_the_example_of_1995() -> None:
    assert (benjamini_hochberg(BH_1995) <= 0.05).sum() == 4
    assert (holm(BH_1995) <= 0.05).sum() == 3


def test_values_of_r_p_adjust() -> None:
    """R 4: p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), method)."""
    p = np.array([0.05, 0.01, 0.04, 0.02, 0.03])
    assert holm(p) == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09])
    assert benjamini_hochberg(p) == pytest.approx([0.05] * 5)
    assert benjamini_yekutieli(p) == pytest.approx([0.05 * 137 / 60] * 5)


def test_yekutieli_rejects_up_to_the_largest_rank_below_its_threshold() -> None:
    p = np.array([0.001, 0.012, 0.04, 0.5])
    threshold = np.arange(1, 5) / 4 * 0.05 / harmonic(4)
    ranks = np.flatnonzero(p <= threshold)
    assert (benjamini_yekutieli(p) <= 0.05).tolist() == [rank <= ranks.max() for rank in range(4)]


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg, benjamini_yekutieli])
def test_no_tests_give_no_p_values_and_impossible_ones_are_refused(adjust) -> None:
    assert adjust(np.zeros(0)).tolist() == []
    for wrong in ([1.2], [-0.1], [np.nan]):
        with pytest.raises(ValueError, match="p-values are numbers in"):
            adjust(np.array(wrong))
