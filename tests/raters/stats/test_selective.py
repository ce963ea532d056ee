import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from raters.stats.selective import aurc, lower_bound, risk_coverage, threshold_for_precision, threshold_for_recall

ROWS = st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.7, 0.9]), st.integers(0, 1)), min_size=1, max_size=40)


def drawn(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are the chance of a positive, on a continuous scale."""
    rng = np.random.default_rng(seed)
    score = rng.random(n)
    return score, (rng.random(n) < score).astype(int)


@pytest.mark.parametrize(("k", "n"), [(1, 10), (7, 10), (59, 59), (180, 200)])
def test_the_bound_is_clopper_and_pearsons(k: int, n: int) -> None:
    exact = binomtest(k, n).proportion_ci(confidence_level=0.9, method="exact").low
    assert lower_bound(k, n) == pytest.approx(exact)


def test_a_bound_needs_a_share() -> None:
    assert lower_bound(0, 10) == 0
    with pytest.raises(ValueError, match="of 2"):
        lower_bound(3, 2)


def test_the_lowest_threshold_that_is_certified() -> None:
    """40 right of 40, then 40 more with 2 wrong, then noise: 38 of 40 + 40 certify .9, with the noise it breaks."""
    score = np.repeat([0.9, 0.8, 0.3], 40)
    label = np.concatenate([np.ones(40), np.ones(38), np.zeros(2), np.tile([0, 1], 20)]).astype(int)
    found = threshold_for_precision(score, label, 0.9)
    assert (found.threshold, found.n_taken, found.value) == (0.8, 80, 78 / 80)
    assert found.coverage == pytest.approx(2 / 3)
    assert found.lower == pytest.approx(lower_bound(78, 80))
    assert found.lower >= 0.9
    json.dumps(found.as_dict(), allow_nan=False)


def test_a_sequence_stops_at_the_first_failure() -> None:
    """What comes after a failure may look good enough; it is not looked at."""
    score = np.repeat([0.9, 0.8, 0.7], 40)
    label = np.concatenate([np.ones(30), np.zeros(10), np.ones(80)]).astype(int)
    found = threshold_for_precision(score, label, 0.85)
    assert lower_bound(110, 120) > 0.85
    assert found.threshold is None
    assert found.reason.startswith("no threshold: of the 40 highest scores 30 are right, which certifies 0.61")


def test_too_few_items_to_certify_anything() -> None:
    found = threshold_for_precision(np.full(20, 0.9), np.ones(20, dtype=int), 0.9)
    assert (found.threshold, found.reason) == (None, "no threshold: it takes 29 items to certify 0.9, of 20")
    found = threshold_for_recall(np.full(90, 0.9), np.array([1] * 20 + [0] * 70), 0.9)
    assert found.reason == "no threshold: it takes 29 positives to certify 0.9, there are 20"


def test_recall_by_hand() -> None:
    """40 positives at .9 and 2 at .1: leaving the two out has recall 40/42, certified above .8 but not above .9."""
    score = np.concatenate([np.full(40, 0.9), np.full(2, 0.1), np.full(40, 0.05)])
    label = np.array([1] * 42 + [0] * 40)
    assert threshold_for_recall(score, label, 0.8).threshold == 0.9
    kept = threshold_for_recall(score, label, 0.9)
    assert (kept.threshold, kept.value, kept.n_taken) == (0.1, 1.0, 42)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, target=st.sampled_from([0.3, 0.5, 0.8]))
def test_what_is_certified_meets_its_target(rows: list[tuple[float, int]], target: float) -> None:
    score, label = (np.array(column) for column in zip(*rows, strict=True))
    for function, of in ((threshold_for_precision, score), (threshold_for_recall, label)):
        found = function(score, label, target)
        if found.threshold is None:
            assert found.reason
            continue
        taken = score >= found.threshold
        assert found.n_taken == taken.sum()
        assert found.value == pytest.approx(label[taken].sum() / (taken if of is score else label).sum())
        assert found.lower >= target


def test_a_promise_of_precision_is_kept() -> None:
    """The precision of score >= t is (1 + t) / 2. Promised .8 at 90 %: broken in at most about 10 % of the draws."""
    found = [threshold_for_precision(*drawn(200, seed), 0.8, confidence=0.9) for seed in range(400)]
    certified = [one.threshold for one in found if one.threshold is not None]
    assert len(certified) > 200
    assert sum((1 + t) / 2 < 0.8 for t in certified) / 400 < 0.14


def test_a_promise_of_recall_is_kept() -> None:
    """A positive has the density 2s, so the recall of score >= t is 1 - t^2."""
    found = [threshold_for_recall(*drawn(200, seed), 0.8, confidence=0.9) for seed in range(400)]
    assert all(one.threshold is not None for one in found)
    assert 0.03 < sum(1 - one.threshold**2 < 0.8 for one in found) / 400 < 0.14


def test_risk_and_coverage_by_hand() -> None:
    points = risk_coverage(np.array([0.9, 0.5, 0.9, 0.5]), np.array([1, 0, 1, 1]))
    assert [(one.threshold, one.n, one.coverage, one.errors, one.risk) for one in points] == [
        (0.9, 2, 0.5, 0, 0.0),
        (0.5, 4, 1.0, 1, 0.25),
    ]
    # 0, 0, then half an error expected of 3 and one of 4.
    assert aurc(np.array([0.9, 0.5, 0.9, 0.5]), np.array([1, 0, 1, 1])) == pytest.approx((0.5 / 3 + 1 / 4) / 4)


def test_a_confidence_that_says_nothing_has_the_full_risk() -> None:
    assert aurc(np.full(10, 0.9), np.array([1, 0] * 5)) == pytest.approx(0.5)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, seed=st.integers(0, 9))
def test_the_area_depends_on_the_ranks_only(rows: list[tuple[float, int]], seed: int) -> None:
    score, label = (np.array(column) for column in zip(*rows, strict=True))
    order = np.random.default_rng(seed).permutation(len(score))
    assert aurc(score[order] ** 2, label[order]) == pytest.approx(aurc(score, label))


def test_nothing_to_decide() -> None:
    nothing = np.array([]), np.array([], dtype=int)
    assert aurc(*nothing) is None
    assert risk_coverage(*nothing) == []
    assert threshold_for_precision(*nothing, 0.9).threshold is None


@pytest.mark.parametrize(
    ("score", "label", "target", "message"),
    [
        ([np.nan], [1], 0.9, "finite"),
        ([0.5], [3], 0.9, "0 or 1"),
        ([0.5], [1], 1.0, "between 0 and 1"),
        ([0.5], [1, 0], 0.9, "1 scores for 2 labels"),
    ],
)
def test_bad_input_is_refused(score, label, target: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        threshold_for_precision(np.array(score), np.array(label), target)
