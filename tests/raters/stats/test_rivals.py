import numpy as np
import pytest

from raters.stats.leave_one_out import leave_one_out
from raters.stats.references import leave_one_out_reference
from raters.stats.rivals import best_constant, duel
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings

MARKING = Marking("binary", 1, replicates=400)


def rated(n: int = 40) -> tuple[Ratings, np.ndarray]:
    """Two raters who agree on every item; 3 of 4 items are 1."""
    truth = (np.arange(n) % 4 != 0).astype(np.int64)
    return Ratings.from_matrix(np.column_stack([truth, truth]), q=2), truth


def test_a_duel_gives_the_figures_of_the_leave_one_out_kernel() -> None:
    ratings, truth = rated()
    machine = truth.copy()
    machine[:6] = 1 - machine[:6]
    expected = leave_one_out(ratings, {"m": machine, "t": truth}, scale="binary", positive=1, replicates=0)
    found = duel(leave_one_out_reference(ratings), ("m", machine), ("t", truth), MARKING)
    assert [found.own.f1.value, found.rival.f1.value] == [row.f1.value for row in expected.annotators]
    assert found.difference.value == pytest.approx(found.own.f1.value - found.rival.f1.value)
    assert found.difference.high < 0


def test_only_items_that_both_have_labelled_count() -> None:
    ratings, truth = rated()
    half, other = truth.copy(), truth.copy()
    half[:20], other[30:] = -1, -1
    found = duel(leave_one_out_reference(ratings), ("half", half), ("other", other), MARKING)
    assert (found.own.n_items, found.rival.n_items, found.own.n_pairs) == (10, 10, 20)


def test_a_labeler_has_no_interval_against_itself() -> None:
    ratings, truth = rated()
    found = duel(leave_one_out_reference(ratings), ("a", truth), ("b", truth), MARKING)
    assert (found.difference.value, found.difference.low) == (0, None)
    assert found.difference.reason == "interval refused: every resample gives the same value"


def test_nothing_in_common_is_undefined() -> None:
    ratings, truth = rated()
    found = duel(leave_one_out_reference(ratings), ("a", truth), ("b", np.full(40, -1)), MARKING)
    assert found.difference.value is None


@pytest.mark.parametrize(("scale", "positive", "level"), [("binary", 1, 1), ("binary", 0, 0), ("nominal", None, 1)])
def test_the_best_constant_answer(scale, positive, level) -> None:
    ratings, _ = rated()
    assert best_constant(leave_one_out_reference(ratings), Marking(scale, positive)) == level


def test_without_a_reference_there_is_no_constant_answer() -> None:
    ratings = Ratings.from_matrix(np.array([[1], [0]]), q=2)
    assert best_constant(leave_one_out_reference(ratings), MARKING) is None
