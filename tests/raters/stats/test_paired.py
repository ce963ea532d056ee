import numpy as np
import pytest
import scipy.stats

from raters.stats.confusion import f1_score
from raters.stats.paired import chi2_p, mcnemar, permutation


def test_approval_ratings_of_agresti() -> None:
    found = mcnemar(150, 86, 1600)
    assert (found.chi2, found.chi2_corrected) == pytest.approx((17.3559, 16.8178), abs=1e-4)
    assert chi2_p(found.chi2) == pytest.approx(3.0993e-05, abs=1e-9)
    assert found.difference == pytest.approx(0.04)
    assert found.method == "mid-p McNemar"


@pytest.mark.parametrize(("b", "c"), [(1, 9), (0, 5), (6, 6), (12, 3), (40, 22)])
def test_exact_p_is_the_sign_test(b: int, c: int) -> None:
    found = mcnemar(b, c, 100)
    assert found.p_exact == pytest.approx(scipy.stats.binomtest(b, b + c).pvalue)
    middle = scipy.stats.binom.pmf(min(b, c), b + c, 0.5)
    assert found.p_mid == pytest.approx(min(1.0, 2 * scipy.stats.binom.cdf(min(b, c), b + c, 0.5) - middle))
    assert found.p == (found.p_exact if b + c < 25 else found.p_mid)


def test_without_discordant_items_there_is_no_test() -> None:
    assert (mcnemar(0, 0, 20).p, mcnemar(0, 0, 20).difference) == (None, 0.0)
    assert mcnemar(0, 0, 20).reason == "no item that only one of the two has right"
    assert (mcnemar(0, 0, 0).difference, mcnemar(0, 0, 0).reason) == (None, "no items")


@pytest.mark.parametrize("counts", [(-1, 2, 5), (3, 3, 5)])
def test_impossible_counts_are_refused(counts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="b and c must be counts"):
        mcnemar(*counts)


def mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0]


def test_permutation_of_accuracy_is_mcnemar() -> None:
    kinds = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    found = permutation(kinds[:, :1], kinds[:, 1:], np.array([12, 3, 40]), mean, permutations=20_000)
    assert found.difference == 9
    assert found.p == pytest.approx(mcnemar(12, 3, 55).p_exact, abs=0.006)


def test_permutation_of_f1_by_single_items_or_by_kinds() -> None:
    rng = np.random.default_rng(3)
    kinds = rng.integers(0, 2, (2, 6, 4)).astype(float)
    multiplicity = np.array([9, 4, 7, 3, 8, 5])

    def f1(sums: np.ndarray) -> np.ndarray:
        return f1_score(sums.reshape(*sums.shape[:-1], 2, 2), scale="binary", positive=1)

    grouped = permutation(*kinds, multiplicity, f1)
    single = permutation(*np.repeat(kinds, multiplicity, axis=1), np.ones(36, dtype=int), f1)
    assert grouped.difference == pytest.approx(single.difference)
    assert grouped.p == pytest.approx(single.p, abs=0.02)


def test_permutation_knows_no_first_and_second() -> None:
    kinds, multiplicity = np.random.default_rng(1).random((2, 5, 1)), np.array([9, 3, 7, 2, 6])
    here, there = permutation(*kinds, multiplicity, mean), permutation(*kinds[::-1], multiplicity, mean)
    assert (here.p, here.difference) == (there.p, pytest.approx(-there.difference))


def test_equal_labelers_have_p_one_and_undefined_figures_none() -> None:
    same = np.ones((1, 1))
    assert permutation(same, same, np.array([5]), mean, permutations=50).p == 1
    assert permutation(same, same, np.array([0]), mean).reason == "no items"
    undefined = permutation(same, same, np.array([5]), lambda sums: sums[..., 0] * np.nan)
    assert (undefined.p, undefined.reason) == (None, "one of the two figures is undefined")


def test_the_test_keeps_its_level() -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for draw in range(300):
        right = (rng.random((60, 2)) < 0.7).astype(float)
        p = permutation(right[:, :1], right[:, 1:], np.ones(60, dtype=int), mean, seed=draw, permutations=400).p
        hits += p <= 0.05
    assert hits / 300 <= 0.09
