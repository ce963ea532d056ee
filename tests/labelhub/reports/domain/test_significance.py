import pytest

from labelhub.reports.domain import comparisons, significance
from raters.models import RatingSet

TESTS = [{"p": p} for p in (0.01, 0.04, 0.03, None)]


@pytest.mark.parametrize(
    ("correction", "expected"),
    [("holm", [0.04, 0.09, 0.09]), ("bh", [0.04, 0.16 / 3, 0.16 / 3]), ("by", [1 / 12, 1 / 9, 1 / 9])],
)
def test_a_test_without_a_p_value_counts_among_them(correction: str, expected: list[float]) -> None:
    found = significance.adjusted(TESTS, correction)
    assert [one.p_adjusted for one in found[:3]] == pytest.approx(expected)
    assert (found[3].p_adjusted, found[3].is_seen) == (None, False)


@pytest.mark.django_db
def test_every_comparison_of_two_is_tested(compared: RatingSet) -> None:
    evaluation = comparisons.create(rating_set=compared, split="dev", reference="leave_one_out")
    assert set(significance.against_pooled(evaluation, "holm")) == {"good", "poor"}
    assert len(significance.beside_raters(evaluation, "holm")) == 2 * 4
    (duel,) = significance.duels(evaluation, "holm")
    assert (duel.row["name"], duel.row["rival"]) == ("good", "poor")
    # `good` always agrees with gold; `poor` says no, which is right on the 15 odd items.
    assert (duel.accuracy.test["b"], duel.accuracy.test["c"], duel.accuracy.test["n"]) == (15, 0, 30)
    assert duel.accuracy.is_seen
