import json
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.stats.confusion import scores
from raters.stats.leave_one_out import against_reference, leave_one_out
from raters.stats.types import Ratings

# Item 0: A and B say 1, C says 0. Item 1: A says 1, B says 0. Item 2: A alone.
HAND = Ratings.from_labels([0, 0, 0, 1, 1, 2], ["A", "B", "C", "A", "B", "A"], [1, 1, 0, 1, 0, 1], levels=[0, 1])
MACHINE = np.array([1, 0, 1])


def figures(row) -> tuple[float | None, ...]:
    return row.precision.value, row.recall.value, row.f1.value, row.accuracy.value


def test_raters_against_the_others_with_ties_shared() -> None:
    evaluation = leave_one_out(HAND, {}, scale="binary", positive=1)
    a, b, c = evaluation.raters
    assert figures(a) == pytest.approx((1 / 4, 1, 2 / 5, 1 / 4))
    assert figures(b) == pytest.approx((1 / 2, 1 / 3, 2 / 5, 1 / 4))
    assert figures(c) == (None, 0, 0, 0)
    assert c.precision.reason == "undefined: the level is never predicted"
    assert [(row.name, row.n_items, row.n_pairs) for row in (a, b, c)] == [("A", 2, 2), ("B", 2, 2), ("C", 1, 1)]


def test_an_annotator_on_the_same_pairs() -> None:
    evaluation = leave_one_out(HAND, {"m": MACHINE}, scale="binary", positive=1)
    (machine,), pooled = evaluation.annotators, evaluation.pooled_raters
    assert (machine.n_items, machine.n_pairs, machine.n_failed) == (2, 5, 0)
    assert figures(machine) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3 / 5))
    assert figures(pooled) == pytest.approx((1 / 3, 1 / 3, 1 / 3, 1 / 5))
    assert machine.difference.value == pytest.approx(1 / 3)
    (beside_a,) = evaluation.raters[0].annotators
    assert figures(beside_a) == pytest.approx((1 / 2, 1, 2 / 3, 3 / 4))
    assert beside_a.difference.value == pytest.approx(2 / 3 - 2 / 5)


def test_a_failed_item_is_counted_and_compared_on_the_rest() -> None:
    evaluation = leave_one_out(HAND, {"m": np.array([1, -1, 1])}, scale="binary", positive=1)
    (machine,) = evaluation.annotators
    assert (machine.n_items, machine.n_pairs, machine.n_failed) == (1, 3, 1)
    assert figures(machine) == pytest.approx((2 / 3, 1, 4 / 5, 2 / 3))
    assert machine.difference.value == pytest.approx(4 / 5 - 1 / 2)


def test_a_three_way_tie_is_a_third_each() -> None:
    ratings = Ratings.from_matrix([[0, 1, 2, 0]], q=3)
    last = leave_one_out(ratings, {"m": np.array([2])}, scale="nominal").raters[3]
    assert last.accuracy.value == pytest.approx(1 / 3)
    assert last.annotators[0].accuracy.value == pytest.approx(1 / 3)


def test_against_adjudicated_levels() -> None:
    evaluation = against_reference(np.array([1, 0, -1]), {"m": MACHINE}, HAND, scale="binary", positive=1)
    (machine,), pooled = evaluation.annotators, evaluation.pooled_raters
    assert (evaluation.reference, machine.n_items, machine.n_pairs) == ("adjudicated", 2, 2)
    assert figures(machine) == (1, 1, 1, 1)
    assert (pooled.n_items, pooled.n_pairs) == (2, 5)
    assert figures(pooled) == pytest.approx((2 / 3, 2 / 3, 2 / 3, 3 / 5))
    assert machine.difference.value == pytest.approx(1 / 3)
    assert [figures(row) for row in evaluation.raters] == [
        pytest.approx((1 / 2, 1, 2 / 3, 1 / 2)),
        pytest.approx((1, 1, 1, 1)),
        (None, 0, 0, 0),
    ]


def test_adjudicated_levels_without_raters() -> None:
    nobody = Ratings.from_matrix(np.full((3, 1), -1), q=2)
    evaluation = against_reference(np.array([1, 0, 1]), {"m": MACHINE}, nobody, scale="binary", positive=1)
    assert evaluation.raters == ()
    assert evaluation.pooled_raters.f1.reason == "undefined: no pairs"
    assert evaluation.annotators[0].f1.value == 1
    assert evaluation.annotators[0].difference.reason == "undefined: one of the two F1 is undefined"


def test_no_overlap_is_said() -> None:
    evaluation = leave_one_out(
        Ratings.from_matrix([[0, -1], [-1, 1]], q=2), {"m": np.array([0, 1])}, scale="binary", positive=1
    )
    for row in (*evaluation.annotators, *evaluation.raters, evaluation.pooled_raters):
        assert (row.n_items, row.n_pairs, row.f1.value, row.f1.reason) == (0, 0, None, "undefined: no pairs")
    json.dumps(evaluation.as_dict(), allow_nan=False)


def test_constant_labels_have_no_positive_to_find() -> None:
    evaluation = leave_one_out(
        Ratings.from_matrix([[0, 0]] * 12, q=2), {"m": np.zeros(12, dtype=np.int64)}, scale="binary", positive=1
    )
    assert evaluation.pooled_raters.f1.reason == "undefined: neither reference nor prediction holds the level"
    assert evaluation.annotators[0].accuracy.value == 1
    assert evaluation.annotators[0].accuracy.reason == "interval refused: every resample gives the same value"


def test_the_json_rows_have_their_keys() -> None:
    ratings = Ratings.from_matrix(np.random.default_rng(0).integers(0, 3, (20, 3)), q=4)
    evaluation = leave_one_out(ratings, {"m": np.zeros(20, dtype=np.int64)}, scale="ordinal", replicates=50).as_dict()
    assert set(evaluation) == {"reference", "annotators", "raters", "pooled_raters"}
    common = {"name", "n_items", "n_pairs", "n_failed", "precision", "recall", "f1", "accuracy", "quadratic_kappa"}
    common |= {"mae", "within_one"}
    assert set(evaluation["annotators"][0]) == common | {"vs_pooled", "excluded_levels", "levels"}
    assert set(evaluation["raters"][0]) == common | {"vs_pooled", "excluded_levels", "annotators"}
    assert set(evaluation["raters"][0]["annotators"][0]) == common | {"vs_rater", "excluded_levels"}
    assert evaluation["pooled_raters"]["excluded_levels"] == [3]
    levels = evaluation["pooled_raters"]["levels"]
    assert [set(level) for level in levels] == [{"precision", "recall", "f1", "n_reference", "n_given"}] * 4
    assert levels[3]["f1"]["reason"] == "undefined: neither reference nor prediction holds the level"
    assert sum(level["n_reference"] for level in levels) == pytest.approx(60)


@pytest.mark.parametrize(
    ("labels", "message"), [(np.array([0]), "labels for 3 items"), (np.array([0, 2, 1]), r"must lie in -1\.\.1")]
)
def test_labels_that_do_not_fit_are_refused(labels: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        leave_one_out(HAND, {"m": labels}, scale="binary", positive=1)


def test_reference_levels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the reference needs 3 levels in -1\.\.1"):
        against_reference(np.array([0, 2, 1]), {}, HAND, scale="binary", positive=1)


def test_many_items_draw_for_each_annotator_apart_and_give_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    ratings = Ratings.from_matrix(rng.integers(0, 2, (60, 3)), q=2)
    annotators = {name: rng.integers(-1, 2, 60) for name in "mn"}
    together = leave_one_out(ratings, annotators, scale="binary", positive=1)
    monkeypatch.setattr("raters.stats.leave_one_out.SHARED_DRAW", 0)
    apart = leave_one_out(ratings, annotators, scale="binary", positive=1)
    rows = [(*e.annotators, *e.raters, *e.raters[0].annotators, e.pooled_raters) for e in (together, apart)]
    assert [row.name for row in rows[1]] == ["m", "n", "0", "1", "2", "m", "n", "pooled raters"]
    for one, other in zip(*rows, strict=True):
        assert (one.n_items, one.n_pairs, one.n_failed) == (other.n_items, other.n_pairs, other.n_failed)
        assert figures(one) == pytest.approx(figures(other), abs=1e-12)
        assert (one.f1.low, one.f1.high) == pytest.approx((other.f1.low, other.f1.high), abs=0.03)


def test_repeated_ratings_are_refused() -> None:
    repeated = Ratings.from_labels([0, 0], ["A", "A"], [0, 1], levels=[0, 1], allow_repeats=True)
    with pytest.raises(ValueError, match="one rating per rater and item"):
        leave_one_out(repeated, {}, scale="nominal")


def slow_confusions(matrix: np.ndarray, machine: np.ndarray, q: int) -> dict[object, np.ndarray]:
    """The definition, pair by pair: confusions of each rater, the pooled raters and the machine."""
    confusions = defaultdict(lambda: np.zeros((q, q)))
    for item, row in enumerate(matrix):
        for rater in np.flatnonzero(row >= 0):
            others = [row[k] for k in np.flatnonzero(row >= 0) if k != rater]
            if not others:
                continue
            tops = [level for level in range(q) if others.count(level) == max(others.count(k) for k in range(q))]
            for level in tops:
                for name, label in ((rater, row[rater]), ("pooled", row[rater]), ("machine", machine[item])):
                    if label >= 0:
                        confusions[name][level, label] += 1 / len(tops)
    return confusions


@settings(max_examples=40, deadline=None)
@given(
    matrix=st.lists(st.lists(st.integers(-1, 2), min_size=4, max_size=4), min_size=1, max_size=8),
    machine=st.lists(st.integers(-1, 2), min_size=8, max_size=8),
)
def test_the_figures_equal_the_definition(matrix: list[list[int]], machine: list[int]) -> None:
    table, labels = np.array(matrix), np.array(machine[: len(matrix)])
    evaluation = leave_one_out(Ratings.from_matrix(table, q=3), {"m": labels}, scale="nominal", replicates=0)
    slow = slow_confusions(table, labels, 3)
    rows = {int(row.name): row for row in evaluation.raters}
    rows |= {"pooled": evaluation.pooled_raters, "machine": evaluation.annotators[0]}
    for name, row in rows.items():
        expected = scores(slow[name], scale="nominal")
        for figure in ("precision", "recall", "f1", "accuracy"):
            value = getattr(row, figure).value
            assert (np.nan if value is None else value) == pytest.approx(float(getattr(expected, figure)), nan_ok=True)


def test_intervals_cover_the_truth() -> None:
    """A machine of accuracy .8 against two raters of accuracy .9: it agrees with either in .74 of the pairs."""
    covered = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        truth = rng.integers(0, 2, 100)
        right = rng.random((100, 3)) < [0.9, 0.9, 0.8]
        labels = np.where(right, truth[:, None], 1 - truth[:, None])
        row = leave_one_out(
            Ratings.from_matrix(labels[:, :2], q=2), {"m": labels[:, 2]}, scale="binary", positive=1, replicates=400
        ).annotators[0]
        covered += row.accuracy.low <= 0.74 <= row.accuracy.high
    assert 0.9 <= covered / 100 <= 0.99


def test_the_same_seed_gives_the_same_report() -> None:
    ratings = Ratings.from_matrix(np.random.default_rng(0).integers(0, 2, (40, 3)), q=2)
    reports = [
        leave_one_out(ratings, {"m": ratings.level[::3].copy()}, scale="binary", positive=1, seed=seed, replicates=100)
        for seed in (1, 1, 2)
    ]
    assert reports[0] == reports[1]
    assert reports[0] != reports[2]
