import numpy as np
import pytest

from raters.stats import resampling
from raters.stats.resampling import Patterns, resample_weights, resampled_sums, unusable


def test_patterns_group_equal_rows_in_an_order_of_their_own() -> None:
    table = np.array([[0, 2], [1, 1], [0, 2], [0, 1]])
    patterns = Patterns.of(table)
    assert patterns.rows.tolist() == [[0, 1], [0, 2], [1, 1]]
    assert patterns.multiplicity.tolist() == [1, 2, 1]
    assert patterns.rows[patterns.of_item].tolist() == table.tolist()


def test_no_items_have_no_patterns() -> None:
    assert Patterns.of(np.zeros((0, 3), dtype=np.int64)).rows.shape == (0, 3)


@pytest.mark.parametrize("multiplicity", [[1] * 30, [200, 100, 0, 300]])
def test_weights_are_multinomial(multiplicity: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "CHUNK_CELLS", 1000)
    counts = np.array(multiplicity)
    weights = np.concatenate(list(resample_weights(counts, 4000, np.random.default_rng(0))))
    share = counts / counts.sum()
    assert weights.shape == (4000, len(counts))
    assert set(weights.sum(axis=1)) == {counts.sum()}
    assert weights.mean(axis=0) == pytest.approx(counts, rel=0.08)
    assert weights.var(axis=0) == pytest.approx(counts * (1 - share), rel=0.15)


def test_sums_without_items_are_zero() -> None:
    sums = resampled_sums(np.zeros((0, 2)), np.zeros(0, dtype=np.int64), 3, np.random.default_rng(0))
    assert sums.tolist() == [[0.0, 0.0]] * 3


def test_replicates_that_give_no_interval_say_why() -> None:
    spread = np.arange(100.0)
    assert unusable(spread) is None
    assert unusable(np.zeros(0)) == "no interval asked for"
    assert unusable(np.ones(5)) == "interval refused: every resample gives the same value"
    assert (
        unusable(np.where(spread < 6, np.nan, spread)) == "interval refused: undefined in more than 5% of the resamples"
    )
