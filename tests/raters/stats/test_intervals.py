import math

import numpy as np
import pytest
import scipy.stats

from raters.stats.intervals import UNDEFINED, bca, normal, percentile, student_t, wilson


@pytest.mark.parametrize(
    ("successes", "n", "expected"),
    [(81, 263, (0.2553, 0.3662)), (15, 148, (0.0624, 0.1605)), (0, 20, (0.0, 0.1611)), (1, 29, (0.0061, 0.1718))],
)
def test_wilson_gives_the_values_of_newcombe(successes: int, n: int, expected: tuple[float, float]) -> None:
    assert wilson(successes, n) == pytest.approx(expected, abs=6e-5)


def test_wilson_without_trials_is_undefined() -> None:
    assert all(math.isnan(bound) for bound in wilson(0, 0))


def test_wilson_refuses_more_successes_than_trials() -> None:
    with pytest.raises(ValueError, match="successes must lie in"):
        wilson(3, 2)


def test_bca_equals_scipy() -> None:
    sample = np.random.default_rng(4).exponential(size=40)
    theirs = scipy.stats.bootstrap((sample,), np.mean, method="BCa", n_resamples=999, rng=5)
    jackknife = (sample.sum() - sample) / (len(sample) - 1)
    ours = bca(float(sample.mean()), theirs.bootstrap_distribution, jackknife, np.ones(40, dtype=np.int64))
    assert ours == pytest.approx(tuple(theirs.confidence_interval), abs=1e-9)


def test_bca_of_grouped_items_equals_bca_of_single_ones() -> None:
    rng = np.random.default_rng(0)
    replicates, kinds, multiplicity = rng.normal(size=500), rng.normal(size=3), np.array([4, 1, 2])
    single = bca(0.1, replicates, np.repeat(kinds, multiplicity), np.ones(7, dtype=np.int64))
    assert bca(0.1, replicates, kinds, multiplicity) == pytest.approx(single, abs=1e-12)


@pytest.mark.parametrize("replicates", [np.full(50, 2.0), np.zeros(0)])
def test_bca_is_undefined_when_no_replicate_reaches_the_value(replicates: np.ndarray) -> None:
    assert np.isnan(bca(1.0, replicates, np.array([0.0, 1.0]), np.array([1, 1]))).all()


def test_bca_is_undefined_when_no_item_matters() -> None:
    assert np.isnan(bca(0.0, np.linspace(-1, 1, 51), np.zeros(4), np.ones(4, dtype=np.int64))).all()


def test_percentile_takes_the_middle_95_percent() -> None:
    assert percentile(np.arange(1001.0)) == pytest.approx((25, 975))
    assert percentile(np.zeros(0)) == pytest.approx(UNDEFINED, nan_ok=True)


def test_student_and_normal_intervals() -> None:
    assert student_t(1.0, 0.5, 11) == pytest.approx((1 - 0.5 * 2.200985, 1 + 0.5 * 2.200985), abs=1e-6)
    assert normal(0.4842, 0.1380) == pytest.approx((0.2137, 0.7547), abs=1e-4)
    assert np.isnan(student_t(1.0, 0.5, 0)).all()
