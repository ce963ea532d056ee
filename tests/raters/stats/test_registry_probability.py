"""Every score of probabilities and every calibrator obeys the laws it declares, breaks the others, and is listed."""

import inspect
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.stats import calibration_error
from raters.stats.calibration_error import CalibrationError
from raters.stats.calibrators import METHODS, base_rate, shrunk_platt
from raters.stats.registry_probability import CALIBRATORS, SCORES, CalibrationMethod, Law, ProbabilityScore
from raters.stats.types import Estimate

LAWS = frozenset(get_args(Law))


def same(x):
    return x


def turned(x):
    return 1 - x


def bent(x):
    return (x + x**2) / 2


def changed(law: Law, score: np.ndarray, label: np.ndarray):
    """(scores, labels, map of a score, map of a probability back)."""
    if law == "item_order":
        order = np.random.default_rng(0).permutation(len(score))
        return score[order], label[order], same, same
    if law == "duplication":
        return np.tile(score, 2), np.tile(label, 2), same, same
    if law == "class_swap":
        return turned(score), turned(label), turned, turned
    return bent(score), label, bent, same


def scored(score: ProbabilityScore, law: Law, p: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    other_p, other_y, _, _ = changed(law, p, y)
    return score.value(p, y).value, score.value(other_p, other_y).value


def fitted(method: CalibrationMethod, law: Law, score: np.ndarray, label: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    other_score, other_label, of_score, back = changed(law, score, label)
    return method.fit(score, label)(score), back(method.fit(other_score, other_label)(of_score(score)))


PAIRS = st.lists(st.tuples(st.integers(1, 19).map(lambda k: k / 20), st.integers(0, 1)), min_size=2, max_size=30)
# Thirtieths, some of them on edges, with 0.1 twice: that pair's middle is an edge of bins of equal mass.
EDGES = np.append(np.arange(1, 30), 3) / 30
EDGE_LABELS = np.tile([0, 0, 1, 0, 1, 1, 0, 1, 0, 0], 3)
FEW = np.array([0.05, 0.1, 0.25, 0.25, 0.7, 0.9, 0.5, 0.95, 0.97])
FEW_LABELS = np.array([0, 0, 0, 1, 1, 0, 1, 1, 1])
KEPT = [(one, law) for one in (*SCORES, *CALIBRATORS) for law in sorted(one.laws)]
BROKEN = [(one, law) for one in (*SCORES, *CALIBRATORS) for law in sorted(LAWS - one.laws)]


def name(part: object) -> str | None:
    return getattr(part, "name", part if isinstance(part, str) else None)


@pytest.mark.parametrize(("one", "law"), KEPT, ids=name)
@settings(max_examples=30, deadline=None)
@given(rows=PAIRS)
def test_a_law_that_is_declared_holds(
    one: ProbabilityScore | CalibrationMethod, law: Law, rows: list[tuple[float, int]]
) -> None:
    p, y = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    before, after = scored(one, law, p, y) if isinstance(one, ProbabilityScore) else fitted(one, law, p, y)
    assert after == pytest.approx(before, abs=2e-5)


@pytest.mark.parametrize(("one", "law"), BROKEN, ids=name)
def test_a_law_that_is_not_declared_has_a_counterexample(one: ProbabilityScore | CalibrationMethod, law: Law) -> None:
    if isinstance(one, ProbabilityScore):
        before, after = scored(one, law, EDGES, EDGE_LABELS)
    else:
        before, after = fitted(one, law, FEW, FEW_LABELS)
    assert after != pytest.approx(before, abs=1e-6)


def test_none_is_left_out() -> None:
    public = {
        function
        for title, function in inspect.getmembers(calibration_error, inspect.isfunction)
        if not title.startswith("_")
        and title != "mean_loss"
        and function.__module__ == calibration_error.__name__
        and inspect.signature(function, eval_str=True).return_annotation in (Estimate, CalibrationError)
    }
    assert public == {score.function for score in SCORES}
    for_few = {"shrunk_platt": shrunk_platt, "base_rate": base_rate}
    assert {method.name: method.fit for method in CALIBRATORS} == {**METHODS, **for_few}


def test_laws_are_declared() -> None:
    assert all(one.laws and one.laws <= LAWS for one in (*SCORES, *CALIBRATORS))
