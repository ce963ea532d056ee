import json

import numpy as np
import pytest

from raters.stats.calibration import calibrate
from raters.stats.level_calibration import LevelCalibrator, calibrate_levels, joined, normalised, splits


def softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def overconfident(n: int, q: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Raw vectors three times too sure, labels drawn from the true ones, and folds."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1, (n, q))
    true = softmax(z)
    label = (rng.random((n, 1)) > true.cumsum(axis=1)).sum(axis=1)
    return softmax(3 * z), label, np.arange(n) % 5


def ordered(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four grades around a hidden value, the machine too sure of the nearest."""
    rng = np.random.default_rng(seed)
    value = rng.uniform(0, 3, n)
    label = np.clip(np.round(value + rng.normal(0, 0.8, n)), 0, 3).astype(int)
    return softmax(-6 * np.abs(value[:, None] - np.arange(4))), label, np.arange(n) % 5


def test_the_splits_of_each_scale() -> None:
    assert splits("binary", 2, 0).astype(int).tolist() == [[1, 0]]
    assert splits("nominal", 3, 2).astype(int).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert splits("ordinal", 4, 3).astype(int).tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 1]]


def test_splits_are_put_together_again() -> None:
    binary, nominal, ordinal = (
        splits(scale, 3 if scale != "binary" else 2, 0) for scale in ("binary", "nominal", "ordinal")
    )
    assert joined(np.array([[0.7]]), "binary", binary) == pytest.approx(np.array([[0.7, 0.3]]))
    assert joined(np.array([[0.4, 0.4, 0.0], [0, 0, 0]]), "nominal", nominal) == pytest.approx(
        np.array([[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    )
    # "At least 2" cannot be likelier than "at least 1".
    assert joined(np.array([[0.6, 0.8], [0.9, 0.2]]), "ordinal", ordinal) == pytest.approx(
        np.array([[0.4, 0.0, 0.6], [0.1, 0.7, 0.2]])
    )


@pytest.mark.parametrize(("scale", "q"), [("binary", 2), ("nominal", 3), ("ordinal", 4)])
def test_calibrated_vectors_are_probabilities_and_better(scale: str, q: int) -> None:
    p, label, fold = ordered(400) if scale == "ordinal" else overconfident(400, q)
    found = calibrate_levels(p, label, fold, scale=scale, positive=q - 1, draws=0)
    assert found.chosen is not None
    assert found.calibrator is not None
    for report in found.methods:
        assert report.probability.sum(axis=1) == pytest.approx(np.ones(400))
    calibrated = found.calibrator(p)
    assert calibrated.sum(axis=1) == pytest.approx(np.ones(400))
    assert calibrated.min() >= 0
    assert found.of(found.chosen).log_loss.value < 0.9 * found.of("raw").log_loss.value
    allowed = [report for report in found.methods if report.why_not is None and report.log_loss.value is not None]
    assert found.chosen == min(allowed, key=lambda report: report.log_loss.value).name


def test_a_binary_scale_is_the_plain_calibration() -> None:
    p, label, fold = overconfident(300, 2)
    found = calibrate_levels(p, label, fold, scale="binary", positive=0, draws=0)
    plain = calibrate(p[:, 0], (label == 0).astype(int), fold[None], draws=0)
    assert found.chosen == plain.chosen
    assert [report.name for report in found.methods] == ["raw", "base_rate", "platt", "beta", "isotonic", "venn_abers"]
    for one in plain.methods:
        vector = found.of(one.name)
        assert vector.log_loss.value == pytest.approx(one.log_loss.value)
        assert vector.brier.value == pytest.approx(one.brier.value)


def test_a_rare_level_keeps_its_base_rate() -> None:
    p, label, fold = overconfident(300, 3)
    label[label == 2] = 0
    label[:5] = 2
    found = calibrate_levels(p, label, fold, scale="nominal", positive=2, draws=0)
    assert found.chosen is not None
    assert "1 of 3 splits of the levels have too few items: they keep their base rate" in found.warnings
    assert found.calibrator is not None
    assert found.calibrator.parts[2](np.array([0.0, 1.0])).tolist() == [6 / 302, 6 / 302]


@pytest.mark.parametrize(
    ("label", "fold", "reason"),
    [
        (np.zeros(40, int), np.arange(40) % 5, "40 items, 0 of them of the rarer label: a calibrator needs 10 of each"),
        (np.arange(40) % 2, np.zeros(40, int), "the items lie in one fold: cross-fitting needs two"),
    ],
)
def test_refusals_say_why(label: np.ndarray, fold: np.ndarray, reason: str) -> None:
    p = np.full((40, 2), 0.5)
    found = calibrate_levels(p, label, fold, scale="binary", positive=1)
    assert (found.chosen, found.calibrator, found.reason) == (None, None, reason)


def test_nothing_is_refused_too() -> None:
    nothing = np.empty(0, dtype=int)
    found = calibrate_levels(np.empty((0, 2)), nothing, nothing, scale="binary", positive=1)
    assert found.reason == "no item has both gold and an answer of the machine"


@pytest.mark.parametrize("row", [[0.2, np.nan], [1.2, -0.2], [0.5, 0.2]])
def test_what_is_no_probability_is_named_by_its_row(row: list[float]) -> None:
    with pytest.raises(ValueError, match="^row 1: "):
        normalised(np.array([[0.5, 0.5], row]))


def test_a_stored_calibrator_gives_the_same_vectors() -> None:
    p, label, fold = ordered(300)
    fitted = calibrate_levels(p, label, fold, scale="ordinal", positive=3, draws=0).calibrator
    assert fitted is not None
    back = LevelCalibrator.from_dict(json.loads(json.dumps(fitted.as_dict())))
    assert back(p).tolist() == fitted(p).tolist()


def test_what_a_machine_knows_is_its_gain_over_the_base_rate() -> None:
    p, label, fold = overconfident(300, 2)
    knows = calibrate_levels(p, label, fold, scale="binary", positive=1, draws=0)
    assert knows.gain is not None
    assert knows.gain.low > 0
    base, chosen = knows.of("base_rate"), knows.of(knows.chosen)
    assert knows.gain.value == pytest.approx(base.log_loss.value - chosen.log_loss.value)
    noise = np.random.default_rng(1).permutation(p)
    guesses = calibrate_levels(noise, label, fold, scale="binary", positive=1, draws=0)
    assert guesses.gain is not None
    assert guesses.gain.low <= 0
