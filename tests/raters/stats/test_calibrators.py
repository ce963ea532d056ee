import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression

from raters.stats import calibrators
from raters.stats.calibrators import (
    METHODS,
    as_dict,
    base_rate,
    beta,
    from_dict,
    isotonic,
    platt,
    shrunk_platt,
    smoothed_targets,
    venn_abers,
)

LABELLED = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]), st.integers(0, 1)), min_size=2, max_size=25
)


def columns(rows: list[tuple[float, int]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([score for score, _ in rows]), np.array([label for _, label in rows])


@pytest.mark.parametrize("name", METHODS)
@settings(max_examples=30, deadline=None)
@given(rows=LABELLED)
def test_probabilities_that_increase(name: str, rows: list[tuple[float, int]]) -> None:
    score, label = columns(rows)
    p = METHODS[name](score, label)(np.linspace(0, 1, 41))
    assert ((p >= 0) & (p <= 1)).all()
    if name != "platt":
        assert (np.diff(p) >= -1e-9).all()


@settings(max_examples=60, deadline=None)
@given(rows=LABELLED, at=st.sampled_from([0.0, 0.05, 0.1, 0.3, 0.7, 0.95, 1.0]))
def test_venn_abers_is_two_isotonic_fits(rows: list[tuple[float, int]], at: float) -> None:
    score, label = columns(rows)
    (found,) = venn_abers(score, label).bounds(np.array([at]))
    for y in (0, 1):
        knots, index = np.unique(np.append(score, at), return_inverse=True)
        size = np.bincount(index)
        steps = isotonic_regression(np.bincount(index, weights=np.append(label, y)) / size, weights=size).x
        assert found[y] == pytest.approx(steps[np.searchsorted(knots, at)], abs=1e-12)


def test_pooled_knots_move_venn_abers_little(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    score = rng.random(900)
    label = (rng.random(900) < score).astype(int)
    exact = venn_abers(score, label)(score)
    monkeypatch.setattr(calibrators, "MAX_KNOTS", 300)
    assert np.abs(venn_abers(score, label)(score) - exact).mean() < 0.01


def test_scores_that_differ_in_the_last_bit_are_one() -> None:
    steps = isotonic(np.array([0.1, 1 - 0.9]), np.array([0, 1]))
    assert steps(np.array([0.1, 1 - 0.9])).tolist() == [0.5, 0.5]


def test_platt_against_its_own_equations() -> None:
    """At the optimum the residuals against the smoothed targets are orthogonal to the features."""
    rng = np.random.default_rng(1)
    score = rng.random(80)
    label = (rng.random(80) < score).astype(int)
    residual = platt(score, label)(score) - smoothed_targets(label)
    inside = np.clip(score, 0.01, 0.99)
    assert residual.sum() == pytest.approx(0, abs=1e-6)
    assert residual @ np.log(inside / (1 - inside)) == pytest.approx(0, abs=1e-6)


def test_platt_recovers_a_distortion() -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(0, 2, 50_000)
    label = (rng.random(50_000) < 1 / (1 + np.exp(-(0.5 * z - 1)))).astype(int)
    inside = np.abs(z) < 4.5
    found = platt(1 / (1 + np.exp(-z[inside])), label[inside])
    assert found.coefficients == pytest.approx([0.5, -1], abs=0.03)


def test_beta_never_decreases_where_the_data_do() -> None:
    score = np.repeat([0.2, 0.8], 20)
    label = np.tile([1, 1, 1, 0], 10) * (score < 0.5)
    assert beta(score, label).coefficients[:2].tolist() == [0, 0]
    low, high = platt(score, label)(np.array([0.2, 0.8]))
    assert high < low


@pytest.mark.parametrize("name", ["platt", "beta", "venn_abers"])
def test_no_certainty_from_separated_scores(name: str) -> None:
    score, label = np.repeat([0.1, 0.9], 10), np.repeat([0, 1], 10)
    p = METHODS[name](score, label)(score)
    assert 0.03 < p.min() < 0.15
    assert 0.85 < p.max() < 0.97


@pytest.mark.parametrize("name", METHODS)
def test_one_distinct_score_is_the_base_rate(name: str) -> None:
    score, label = np.full(30, 0.9), np.array([1] * 10 + [0] * 20)
    assert METHODS[name](score, label)(score[:1])[0] == pytest.approx(1 / 3, abs=0.03)


def test_a_score_that_gains_nothing_over_the_base_rate_is_not_believed() -> None:
    score, label = np.tile([0.2, 0.8], 30), np.repeat([1, 0], [20, 40])
    slope, intercept = shrunk_platt(score, label).coefficients
    assert slope == 0
    assert 1 / (1 + np.exp(-intercept)) == pytest.approx(smoothed_targets(label).mean())


def test_the_shrinkage_of_van_houwelingen_and_le_cessie() -> None:
    rng = np.random.default_rng(2)
    score = rng.random(50)
    label = (rng.random(50) < score).astype(int)
    targets = smoothed_targets(label)

    def loss(p: np.ndarray) -> float:
        return float(-np.sum(targets * np.log(p) + (1 - targets) * np.log(1 - p)))

    full = platt(score, label)
    gain = 2 * (loss(np.full(50, targets.mean())) - loss(full(score)))
    shrunk = shrunk_platt(score, label)
    assert shrunk.coefficients[0] == pytest.approx(full.coefficients[0] * (1 - 1 / gain))
    assert shrunk(score).sum() == pytest.approx(targets.sum())


def test_the_base_rate_is_never_certain() -> None:
    assert base_rate(np.array([0.1, 0.9]), np.array([0, 0]))(np.array([0.0, 1.0])).tolist() == [0.25, 0.25]


@pytest.mark.parametrize("fit", [*METHODS.values(), shrunk_platt, base_rate])
def test_what_is_stored_gives_the_very_same_values(fit) -> None:
    rng = np.random.default_rng(3)
    score = rng.random(60)
    fitted = fit(score, (rng.random(60) < score).astype(int))
    back = from_dict(json.loads(json.dumps(as_dict(fitted))))
    at = np.append(score, np.linspace(0, 1, 50))
    assert back(at).tolist() == fitted(at).tolist()
