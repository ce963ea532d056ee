import json

import numpy as np
import pytest

from raters.stats.calibration_error import (
    bin_index,
    brier,
    expected_calibration_error,
    log_loss,
    murphy,
    reliability_table,
)


def test_edges_belong_to_the_bin_below() -> None:
    tenths = np.arange(11) / 10
    assert bin_index(tenths, bins=10, scheme="equal_width").tolist() == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    turned = 1 - tenths
    assert bin_index(turned, bins=10, scheme="equal_width").tolist() == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0]
    assert bin_index(np.array([0.6000001]), bins=5, scheme="equal_width").tolist() == [3]


def test_bins_of_equal_mass_keep_ties_together() -> None:
    apart = np.arange(20) / 20
    assert np.bincount(bin_index(apart, bins=5, scheme="equal_mass")).tolist() == [4] * 5
    tied = np.array([0.1] * 3 + [0.9] * 7)
    assert bin_index(tied, bins=5, scheme="equal_mass").tolist() == [0] * 3 + [3] * 7


def test_calibration_error_by_hand() -> None:
    """Two bins: .2 and .4 with one positive of two, .9 with none of one: (|.6 - 1| + .9) / 3."""
    error = expected_calibration_error(np.array([0.2, 0.4, 0.9]), np.array([1, 0, 0]), bins=2)
    assert error.value == pytest.approx(1.3 / 3)


@pytest.mark.parametrize(("n", "published"), [(50, 0.131), (100, 0.093), (200, 0.068), (500, 0.043), (2000, 0.022)])
def test_the_null_band_of_perfect_probabilities(n: int, published: float) -> None:
    """Published for another draw of probabilities; these are uniform, with a little more variance."""
    rng = np.random.default_rng(0)
    errors = [
        expected_calibration_error(p := rng.random(n), (rng.random(n) < p).astype(int), draws=100, seed=seed)
        for seed in range(12)
    ]
    assert np.mean([error.null_mean for error in errors]) == pytest.approx(published, rel=0.1)


def test_perfect_probabilities_lie_in_their_band() -> None:
    rng = np.random.default_rng(0)
    inside = 0
    for seed in range(200):
        p = rng.choice([0.1, 0.3, 0.5, 0.8, 0.95], 150)
        error = expected_calibration_error(p, (rng.random(150) < p).astype(int), draws=200, seed=seed)
        inside += error.null_low <= error.value <= error.null_high
    assert 0.9 <= inside / 200 <= 0.99


def test_large_samples_draw_bins_from_the_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    p = np.random.default_rng(0).random(3000)
    y = (p > 0.5).astype(int)
    exact = expected_calibration_error(p, y, draws=2000)
    monkeypatch.setattr("raters.stats.calibration_error.EXACT_DRAWS", 0)
    fast = expected_calibration_error(p, y, draws=2000)
    assert (fast.null_mean, fast.null_high) == pytest.approx((exact.null_mean, exact.null_high), rel=0.04)
    assert fast.value == exact.value


def test_log_loss_by_hand_and_where_it_is_infinite() -> None:
    p, y = np.array([0.5, 0.25, 1.0]), np.array([1, 0, 1])
    assert log_loss(p, y).value == pytest.approx((np.log(2) - np.log(0.75)) / 3)
    wrong = log_loss(p, np.array([1, 0, 0]))
    assert (wrong.value, wrong.reason) == (None, "infinite: 1 items have a label that was given probability 0")


def test_murphy_adds_up() -> None:
    rng = np.random.default_rng(0)
    p = rng.choice([0.1, 0.5, 0.9], 60)
    y = (rng.random(60) < 0.4).astype(int)
    parts = murphy(p, y)
    assert parts is not None
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(brier(p, y).value)
    assert parts.within == pytest.approx(0, abs=1e-12)
    many = rng.random(60)
    spread = murphy(many, y)
    assert spread is not None
    assert spread.resolution < spread.uncertainty
    assert spread.reliability - spread.resolution + spread.uncertainty + spread.within == pytest.approx(
        brier(many, y).value
    )


def test_reliability_by_value_and_by_mass() -> None:
    few = reliability_table(np.array([0.9, 0.9, 0.8]), np.array([1, 0, 1]))
    assert [(row.n, row.positives, row.low, row.high, row.share) for row in few] == [
        (1, 1, 0.8, 0.8, 1.0),
        (2, 1, 0.9, 0.9, 0.5),
    ]
    assert few[1].share_low == pytest.approx(0.0945, abs=1e-3)
    many = reliability_table(np.arange(100) / 100, np.tile([0, 1], 50))
    assert [row.n for row in many] == [10] * 10
    json.dumps([row.as_dict() for row in many], allow_nan=False)


def test_what_cannot_be_said() -> None:
    nothing = np.array([]), np.array([], dtype=np.int64)
    assert brier(*nothing).reason == log_loss(*nothing).reason == "no items"
    assert expected_calibration_error(*nothing).reason == "no items"
    assert murphy(*nothing) is None
    few = brier(np.array([0.2]), np.array([0]))
    assert (few.low, few.reason) == (None, "interval refused: fewer than 10 items")
    same = brier(np.full(12, 0.2), np.zeros(12, dtype=np.int64))
    assert same.reason == "interval refused: the Brier score of every item is the same"


@pytest.mark.parametrize(
    ("p", "y", "message"),
    [
        ([1.2], [1], "0..1"),
        ([np.nan], [1], "0..1"),
        ([0.5], [2], "0 or 1"),
        ([0.5, 0.5], [1], "2 probabilities for 1 labels"),
    ],
)
def test_bad_input_is_refused(p, y, message: str) -> None:
    for function in (brier, log_loss, expected_calibration_error, reliability_table):
        with pytest.raises(ValueError, match=message):
            function(np.array(p), np.array(y))


def test_the_interval_of_a_mean_loss_covers() -> None:
    """p = .7 for labels that are 1 in .5: the Brier score is (.09 + .49) / 2 = .29."""
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        estimate = brier(np.full(60, 0.7), (rng.random(60) < 0.5).astype(int))
        covered += estimate.low <= 0.29 <= estimate.high
    assert 0.91 <= covered / 300 <= 0.98
