import json

import numpy as np
import pytest

from raters.stats.calibration import calibrate, cross_fitted, stratified_folds
from raters.stats.calibrators import platt


def overconfident(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, n)
    return 1 / (1 + np.exp(-3 * z)), (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)


def method(found, name: str):
    return next(report for report in found.methods if report.name == name)


@pytest.mark.parametrize(
    ("n", "allowed"),
    [
        (80, ["platt"]),
        (300, ["platt", "beta", "venn_abers"]),
        (1200, ["platt", "beta", "isotonic", "venn_abers"]),
    ],
)
def test_the_size_says_which_methods_may_be_chosen(n: int, allowed: list[str]) -> None:
    found = calibrate(*overconfident(n), draws=20)
    assert [report.name for report in found.methods if report.why_not is None] == allowed
    assert found.chosen in allowed
    losses = {report.name: report.log_loss.value for report in found.methods if report.why_not is None}
    assert losses[found.chosen] == min(loss for loss in losses.values() if loss is not None)


def test_the_chosen_one_is_better_than_the_raw_score() -> None:
    found = calibrate(*overconfident(600))
    raw, chosen = method(found, "raw"), method(found, found.chosen)
    assert raw.log_loss.low > chosen.log_loss.value
    assert raw.ece_equal_width.value > raw.ece_equal_width.null_high
    assert chosen.ece_equal_width.value < chosen.ece_equal_width.null_high
    assert raw.ece_equal_mass.value > raw.ece_equal_mass.null_high
    json.dumps(found.as_dict(), allow_nan=False)


def test_the_calibrator_is_fitted_to_every_item() -> None:
    score, label = overconfident(200)
    found = calibrate(score, label, draws=0)
    assert found.calibrator is not None
    assert found.calibrator(score).mean() == pytest.approx(label.mean(), abs=0.03)


def test_tied_scores_leave_beta_out() -> None:
    rng = np.random.default_rng(0)
    score = rng.choice([0.1, 0.5, 0.9], 300)
    found = calibrate(score, (rng.random(300) < score).astype(int), draws=0)
    assert method(found, "beta").why_not == "needs 20 distinct scores"


def test_an_item_is_judged_by_a_fit_to_the_others() -> None:
    """A label turned round moves the probabilities of every fold but its own."""
    score, label = overconfident(100)
    (fold,) = stratified_folds(label, repeats=1)
    turned = label.copy()
    turned[0] = 1 - turned[0]
    before, after = (cross_fitted(platt, score, y, fold) for y in (label, turned))
    own = fold == fold[0]
    assert (before[own] == after[own]).all()
    assert (before[~own] != after[~own]).all()


def test_noise_is_not_made_to_look_informative() -> None:
    rng = np.random.default_rng(0)
    score, label = rng.random(400), (rng.random(400) < 0.3).astype(int)
    found = calibrate(score, label, draws=0)
    base_rate = -(0.3 * np.log(0.3) + 0.7 * np.log(0.7))
    assert method(found, found.chosen).log_loss.value == pytest.approx(base_rate, abs=0.03)


def test_folds_hold_their_share_of_each_label() -> None:
    label = np.array([1] * 20 + [0] * 80)
    folds = stratified_folds(label, seed=3)
    assert folds.shape == (5, 100)
    for fold in folds:
        assert np.bincount(fold).tolist() == [20] * 5
        assert np.bincount(fold[label == 1]).tolist() == [4] * 5
    assert (stratified_folds(label, seed=3) == folds).all()
    assert (folds[0] != folds[1]).any()


def test_given_folds_are_used() -> None:
    score, label = overconfident(100)
    video = np.arange(100) // 10
    found = calibrate(score, label, video, draws=0)
    assert method(found, "platt").probability == pytest.approx(cross_fitted(platt, score, label, video))


def test_without_enough_of_a_label_no_calibrator_is_chosen() -> None:
    found = calibrate(np.linspace(0, 1, 50), np.array([1] * 9 + [0] * 41))
    assert (found.chosen, found.calibrator, found.methods) == (None, None, ())
    assert found.reason == "no calibrator: 9 positive and 41 negative items, it needs 10 of each"


def test_warnings() -> None:
    score, label = overconfident(300)
    assert calibrate(score, label, draws=0).warnings == ()
    assert "are the scores P(positive)?" in calibrate(1 - score, label, draws=0).warnings[0]
    same = calibrate(np.full(60, 0.9), np.tile([1, 0, 0, 0], 15), draws=0).warnings
    assert same[0].startswith("fewer than 30 items of one label")
    assert same[1].startswith("every score is the same")


@pytest.mark.parametrize(
    ("folds", "message"),
    [
        (np.zeros(100, dtype=int), "at least two folds"),
        (np.zeros((2, 99), dtype=int), "shape"),
        (np.zeros((0, 100)), "shape"),
    ],
)
def test_folds_that_do_not_fit_are_refused(folds: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        calibrate(*overconfident(100), folds)


def test_few_items_of_one_label_are_shrunk_where_that_is_asked_for() -> None:
    score, label = overconfident(120, seed=1)
    label[np.flatnonzero(label)[20:]] = 0
    plain, shrunk = calibrate(score, label, draws=0), calibrate(score, label, shrink=True, draws=0)
    assert (shrunk.chosen, method(shrunk, "venn_abers").why_not) == ("platt", "needs 30 items of each label")
    assert shrunk.warnings == ("fewer than 30 items of one label: the slope is shrunk towards the base rate",)
    ends = np.array([0.02, 0.98])
    assert np.ptp(shrunk.calibrator(ends)) < np.ptp(platt(score, label)(ends))
    assert "prefer a calibrator pooled over attributes" in plain.warnings[0]
    many = overconfident(400)
    assert calibrate(*many, shrink=True, draws=0).as_dict() == calibrate(*many, draws=0).as_dict()
