"""Agreement of a machine with raters beside that of raters among themselves."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from raters.stats.pairwise import pairwise_agreement
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings
from tests.raters.stats.simulated import panel

BINARY = Marking("binary", 1)


def test_worked_by_hand() -> None:
    """Items yyn|y, nn|y, y|y (one rating: not compared), yy|none (no label: not compared)."""
    ratings = Ratings.from_matrix([[1, 1, 0], [0, 0, -1], [1, -1, -1], [1, 1, -1]], q=2)
    found = pairwise_agreement(ratings, np.array([1, 1, 1, -1]), BINARY)
    assert (found.n_items, found.n_pairs) == (2, 5)
    assert found.machine.value == pytest.approx((2 / 3 + 0) / 2)
    assert found.raters.value == pytest.approx((1 / 3 + 1) / 2)
    assert found.difference.value == pytest.approx(1 / 3 - 2 / 3)
    assert found.machine.reason == "interval refused: fewer than 10 items"
    # The machine always says yes: chance agreement is the raters' mean share of yes, 1/3.
    assert found.kappa_machine.value == pytest.approx((1 / 3 - 1 / 3) / (1 - 1 / 3))


def test_with_one_other_rater_kappa_is_cohens() -> None:
    """All raters give the same label: machine against raters is machine against one."""
    rng = np.random.default_rng(0)
    human = rng.integers(0, 4, 300)
    machine = np.where(rng.random(300) < 0.6, human, rng.integers(0, 4, 300))
    ratings = Ratings.from_matrix(np.column_stack([human, human]), q=4)
    nominal = pairwise_agreement(ratings, machine, Marking("nominal", None))
    ordinal = pairwise_agreement(ratings, machine, Marking("ordinal", None))
    assert nominal.kappa_machine.value == pytest.approx(cohen_kappa_score(human, machine))
    assert ordinal.kappa_machine.value == pytest.approx(cohen_kappa_score(human, machine, weights="quadratic"))
    assert ordinal.machine.value == nominal.machine.value == pytest.approx((human == machine).mean())


def test_a_machine_that_is_one_more_rater_shows_no_difference() -> None:
    """Stated coverage of the 95 % interval of the difference, and the linearised one is the bootstrap's."""
    covered = 0
    for seed in range(200):
        ratings, model = panel(seed, 120, raters=4)
        found = pairwise_agreement(ratings, model, Marking("binary", 1, seed, 400))
        covered += found.difference.low <= 0 <= found.difference.high  # type: ignore[operator]
    assert 180 <= covered <= 198


def test_linearised_intervals_are_the_bootstraps(monkeypatch: pytest.MonkeyPatch) -> None:
    ratings, model = panel(1, 3000, model=0.8, q=3, raters=4)
    slow = pairwise_agreement(ratings, model, Marking("ordinal", None, replicates=4000))
    monkeypatch.setattr("raters.stats.pairwise.MANY_KINDS", 0)
    fast = pairwise_agreement(ratings, model, Marking("ordinal", None))
    for name in ("machine", "raters", "difference", "kappa_machine", "kappa_difference"):
        one, other = getattr(fast, name), getattr(slow, name)
        assert one.value == other.value
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.06)


def test_undefined_is_said() -> None:
    one = Ratings.from_matrix([[1, 1], [1, 1]], q=2)
    assert pairwise_agreement(one, np.array([1, 1]), BINARY).kappa_machine.reason == (
        "undefined: everybody gives one and the same level throughout"
    )
    nothing = pairwise_agreement(one, np.array([-1, -1]), BINARY)
    assert (nothing.machine.value, nothing.n_items) == (None, 0)
    with pytest.raises(ValueError, match="one label in -1..1 for each of 2 items"):
        pairwise_agreement(one, np.array([2, 0]), BINARY)
