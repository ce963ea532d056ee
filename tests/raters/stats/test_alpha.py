import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from raters.stats.alpha import alpha_from_coincidences, coincidences, krippendorff_alpha
from raters.stats.types import Measurement, Ratings

LEVELS: list[Measurement] = ["nominal", "ordinal", "interval", "ratio"]
VALUES = np.array([0.0, 1.0, 4.0, 5.5])


@pytest.mark.parametrize("level", LEVELS)
@given(counts=arrays(np.int64, st.tuples(st.integers(2, 12), st.just(4)), elements=st.integers(0, 3)))
def test_the_kernel_equals_the_package(level: Measurement, counts: np.ndarray) -> None:
    paired = counts[counts.sum(axis=1) >= 2]
    ours = float(alpha_from_coincidences(coincidences(counts).sum(axis=0), level, VALUES))
    if np.count_nonzero(paired.sum(axis=0)) < 2:
        assert np.isnan(ours)
    else:
        theirs = krippendorff.alpha(value_counts=counts, value_domain=VALUES, level_of_measurement=level)
        assert ours == pytest.approx(theirs, abs=1e-12)


def test_constant_labels_are_undefined_and_say_so() -> None:
    estimate = krippendorff_alpha(Ratings.from_matrix([[1, 1], [1, 1], [1, 1]], q=2), level="nominal")
    assert (estimate.value, estimate.n, estimate.reason) == (None, 3, "no variation: every label is the same")


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ([[0], [1]], "a single rater: agreement needs two"),
        ([[0, -1], [-1, 1]], "no item has two ratings"),
        ([[-1, -1]], "no ratings"),
    ],
)
def test_nothing_to_compare_is_undefined(matrix: list[list[int]], reason: str) -> None:
    assert krippendorff_alpha(Ratings.from_matrix(matrix, q=2), level="nominal").reason == reason


@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_numeric_levels_need_numbers(level: Measurement) -> None:
    with pytest.raises(ValueError, match="needs the levels as numbers"):
        krippendorff_alpha(Ratings.from_matrix([[0, 1]], q=2), level=level)


def test_ratio_level_refuses_negative_values() -> None:
    with pytest.raises(ValueError, match="values >= 0"):
        krippendorff_alpha(Ratings.from_matrix([[0, 1]], q=2, values=[-1, 1]), level="ratio")


def test_singletons_change_neither_value_nor_interval() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.integers(0, 2, (40, 3))
    alone = np.column_stack([rng.integers(0, 2, 25), np.full((25, 2), -1)])
    without = krippendorff_alpha(Ratings.from_matrix(matrix, q=2), level="nominal")
    assert krippendorff_alpha(Ratings.from_matrix(np.vstack([matrix, alone]), q=2), level="nominal") == without


@pytest.mark.parametrize("level", LEVELS)
def test_above_the_packages_size_the_value_is_the_kernels_and_the_same(
    level: Measurement, monkeypatch: pytest.MonkeyPatch
) -> None:
    matrix = np.random.default_rng(0).integers(-1, 4, (400, 3))
    ratings = Ratings.from_matrix(matrix, q=4, values=VALUES.tolist())
    theirs = krippendorff_alpha(ratings, level=level, replicates=0)
    monkeypatch.setattr("raters.stats.alpha.PACKAGE_CELLS", 0)
    monkeypatch.setattr("raters.stats.alpha.krippendorff", None)
    assert krippendorff_alpha(ratings, level=level, replicates=0).value == pytest.approx(theirs.value, abs=1e-12)
