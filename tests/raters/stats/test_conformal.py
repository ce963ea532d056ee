import numpy as np
import pytest

from raters.stats.conformal import Quantile, conformal_quantile, label_sets, quantiles_by_level, routing

NINETEEN = [0.05, 0.1, 0.12, 0.15, 0.2, 0.22, 0.25, 0.3, 0.33, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8, 0.9]


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """One item in five is of level 1, and its probability says less than it should."""
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.2).astype(int)
    p1 = 1 / (1 + np.exp(-rng.normal(2 * label - 2, 1)))
    return np.column_stack([1 - p1, p1]), label


def test_the_quantile_by_hand() -> None:
    assert conformal_quantile(np.array(NINETEEN), 0.1) == Quantile(18, 0.8, 19)


def test_nine_items_are_the_fewest_for_a_tenth() -> None:
    assert conformal_quantile(np.arange(9.0), 0.1) == Quantile(9, 8.0, 9)
    assert conformal_quantile(np.arange(8.0), 0.1) == Quantile(
        9, None, 8, "undefined: 8 items, it takes 9 for an error of 0.1"
    )


def test_each_level_is_covered() -> None:
    """One quantile for both would cover the common level at .95 and the rare one at less than .8."""
    p, label = drawn(400, 0)
    new, truth = drawn(20_000, 1)
    covered = label_sets(new, quantiles_by_level(p, label, 0.1))[np.arange(20_000), truth]
    assert [covered[truth == level].mean() for level in (0, 1)] == pytest.approx([0.9, 0.9], abs=0.05)


def test_coverage_holds_over_draws() -> None:
    shares = []
    for seed in range(200):
        p, label = drawn(120, seed)
        new, truth = drawn(200, 1000 + seed)
        shares.append(label_sets(new, quantiles_by_level(p, label, 0.1))[np.arange(200), truth].mean())
    assert 0.89 <= np.mean(shares) <= 0.94


def test_a_level_without_enough_items_is_never_ruled_out() -> None:
    p = np.array([[0.9, 0.1], [0.8, 0.2]] * 10)
    quantiles = quantiles_by_level(p, np.zeros(20, dtype=int), 0.1)
    assert [quantile.q is None for quantile in quantiles] == [False, True]
    sets = label_sets(np.array([[0.99, 0.01], [0.1, 0.9]]), quantiles)
    assert sets.tolist() == [[True, True], [False, True]]


def test_routing_counts_what_humans_get() -> None:
    found = routing(np.array([[1, 0], [1, 1], [0, 0], [0, 1]], dtype=bool))
    assert (found.n, found.n_decided, found.n_several, found.n_empty) == (4, 2, 1, 1)


@pytest.mark.parametrize(("scores", "alpha", "message"), [([0.1], 0.0, "between 0 and 1"), ([np.nan], 0.1, "finite")])
def test_bad_input_is_refused(scores: list[float], alpha: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        conformal_quantile(np.array(scores), alpha)


def test_probabilities_must_be_some() -> None:
    with pytest.raises(ValueError, match="0..1"):
        label_sets(np.array([[1.2, -0.2]]), ())
