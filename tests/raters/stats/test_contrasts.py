"""Tests of two labelers on the same items."""

import numpy as np
import pytest

from raters.stats import contrasts
from raters.stats.contrasts import machines_f1, machines_mcnemar, pooled_f1, raters_mcnemar
from raters.stats.leave_one_out import leave_one_out
from raters.stats.paired import permutation
from raters.stats.references import adjudicated_reference, leave_one_out_reference
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings
from tests.raters.stats.simulated import panel

BINARY = Marking("binary", 1)
# Items yyy, yyn, nny, yn (tied: decides nothing), y (one rating: no reference)
RATINGS = Ratings.from_matrix([[1, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, -1], [1, -1, -1]], q=2)
REFERENCE = leave_one_out_reference(RATINGS)


def test_mcnemar_of_two_machines_worked_by_hand() -> None:
    found = machines_mcnemar(REFERENCE, np.array([1, 0, 0, 1, 1]), np.array([0, 1, -1, 1, 0]))
    assert (found.b, found.c, found.n) == (1, 1, 2)
    assert found.p == 1.0


def test_mcnemar_beside_each_rater_worked_by_hand() -> None:
    """A: on yyy and nny the others agree (y; tied n-y decides nothing); the fourth item's other said n."""
    found = raters_mcnemar(REFERENCE, RATINGS, {"m": np.array([1, 1, 0, 0, 1]), "none": np.full(5, -1)})
    # A: items 0 (others yy), 3 (other n); on 1 and 2 the others split. Machine right on both, A on the first only.
    assert (found["m"][0].b, found["m"][0].c, found["m"][0].n) == (1, 0, 2)
    # C: items 0 (yy), 1 (yy, C says n), 2 (nn, C says y).
    assert (found["m"][2].b, found["m"][2].c, found["m"][2].n) == (2, 0, 3)
    assert found["none"][0].reason == "no items"


def test_the_difference_is_that_of_the_evaluation() -> None:
    ratings, model = panel(3, 200, model=0.8)
    row = leave_one_out(ratings, {"m": model}, scale="binary", positive=1, replicates=0).annotators[0]
    found = pooled_f1(leave_one_out_reference(ratings), model, BINARY)
    assert found.difference == pytest.approx(row.difference.value)
    assert found.n == row.n_items


def test_equal_labelers_are_rejected_as_often_as_stated(monkeypatch: pytest.MonkeyPatch) -> None:
    """At level .05 over 200 draws each, within the 99 % binomial band (3..18)."""
    monkeypatch.setattr(
        "raters.stats.paired.permutation.__kwdefaults__", {**permutation.__kwdefaults__, "permutations": 999}
    )
    rejected = {"pooled": 0, "machines": 0}
    for seed in range(200):
        five, model = panel(seed, 80, raters=5)
        labels = np.full((80, 5), -1)
        labels[five.item, five.rater] = five.level
        reference = leave_one_out_reference(Ratings.from_matrix(labels[:, :4], q=2))
        rejected["pooled"] += pooled_f1(reference, model, BINARY).p < 0.05
        rejected["machines"] += machines_f1(reference, model, labels[:, 4], BINARY).p < 0.05
    assert all(3 <= n <= 18 for n in rejected.values()), rejected


def test_a_better_machine_is_seen() -> None:
    ratings, model = panel(5, 200, accuracy=0.7, model=0.95)
    reference = leave_one_out_reference(ratings)
    assert pooled_f1(reference, model, BINARY).p < 0.01
    assert machines_f1(reference, model, np.zeros(200, dtype=np.int64), BINARY).p < 0.01


def test_many_items_give_the_permutations_p_without_permuting(monkeypatch: pytest.MonkeyPatch) -> None:
    ratings, model = panel(8, 4000, model=0.72)
    reference = leave_one_out_reference(ratings)
    slow = pooled_f1(reference, model, BINARY)
    monkeypatch.setattr(contrasts, "MANY_KINDS", 0)
    fast = pooled_f1(reference, model, BINARY)
    assert fast.method == "linearised over items, normal"
    assert fast.difference == slow.difference
    assert fast.p == pytest.approx(slow.p, abs=0.02)


def test_undefined_is_said() -> None:
    reference = adjudicated_reference(np.array([0, 0]), np.zeros((2, 2), dtype=np.int64))
    none = np.array([0, 0])
    assert machines_f1(reference, none, none, BINARY).reason == "one of the two figures is undefined"
    assert machines_f1(reference, none, np.array([-1, -1]), BINARY).reason == "no items"
