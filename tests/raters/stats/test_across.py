"""Macro and micro F1 over attributes that share items."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from raters.stats import across as module
from raters.stats.across import Across, Attribute, across, of_machine
from raters.stats.references import adjudicated_reference, leave_one_out_reference
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings

BINARY = Marking("binary", 1)


def attribute(name: str, truth: list[int], given: list[int], *, q: int = 2, first: int = 0) -> Attribute:
    """A machine against gold; the pooled raters are one who is always right."""
    truth_, given_ = np.array(truth), np.array(given)
    counts = np.eye(q, dtype=np.int64)[truth_]
    marking = BINARY if q == 2 else Marking("nominal", None)
    items = np.arange(first, first + len(truth))
    return of_machine(name, items, adjudicated_reference(truth_, counts), given_, marking)


def test_worked_by_hand() -> None:
    one = attribute("a", [1, 1, 0, 0], [1, 0, 1, 0])  # hits 1, margins 2 + 2: F1 1/2
    other = attribute("b", [1, 0, 0, 0], [1, 0, 0, 0])  # hits 1, margins 1 + 1: F1 1
    found = across([one, other])
    assert (found.macro.value, found.micro.value) == (pytest.approx(0.75), pytest.approx(4 / 6))
    assert (found.macro_rival.value, found.macro_difference.value) == (1, pytest.approx(-0.25))
    assert (found.n_items, found.n_attributes, found.left_out) == (4, 2, ())


def test_an_attribute_without_an_f1_is_left_out_and_named() -> None:
    found = across([attribute("a", [1, 0], [1, 0]), attribute("never", [0, 0], [0, 0])])
    assert (found.macro.value, found.n_attributes, found.left_out) == (1, 1, ("never",))
    nothing = across([attribute("never", [0, 0], [0, 0])])
    assert (nothing.macro.value, nothing.macro.reason) == (None, "undefined: no attribute has an F1")


def test_nominal_attributes_count_all_their_levels() -> None:
    rng = np.random.default_rng(0)
    truth, given = rng.integers(0, 3, 60).tolist(), rng.integers(0, 3, 60).tolist()
    found = across([attribute("a", truth, given, q=3)])
    assert found.macro.value == pytest.approx(f1_score(truth, given, average="macro"))
    assert found.micro.value == pytest.approx(f1_score(truth, given, average="micro"))


def drawn(seed: int, n: int = 150, k: int = 4) -> list[Attribute]:
    """Machine and raters err on the same hard items under every attribute."""
    rng = np.random.default_rng(seed)
    hard = rng.random(n) < 0.3
    found = []
    for j in range(k):
        truth = (rng.random(n) < 0.4).astype(np.int64)
        flip = rng.random((n, 4)) < np.where(hard, 0.5, 0.05)[:, None]
        labels = np.where(flip, 1 - truth[:, None], truth[:, None])
        reference = leave_one_out_reference(Ratings.from_matrix(labels[:, :3], q=2))
        found.append(of_machine(str(j), np.arange(n), reference, labels[:, 3], BINARY))
    return found


def test_the_interval_covers_when_errors_share_items() -> None:
    """The limit value comes from 60,000 items; 120 draws, 99 % binomial band of .95."""
    truth = across(drawn(0, 60_000)).macro.value
    inside = 0
    for seed in range(120):
        found = across(drawn(seed + 1), replicates=200).macro
        inside += found.low <= truth <= found.high  # type: ignore[operator]
    assert 107 <= inside <= 119


def test_linearised_errors_are_the_bootstraps(monkeypatch: pytest.MonkeyPatch) -> None:
    attributes = drawn(3, 2000)
    slow = across(attributes, replicates=3000)
    monkeypatch.setattr(module, "MANY_FEATURES", 0)
    fast = across(attributes)
    for name in module.FIGURES:
        one, other = getattr(fast, name), getattr(slow, name)
        assert one.value == other.value
        assert one.high - one.low == pytest.approx(other.high - other.low, rel=0.08)


def test_order_of_attributes_and_items_does_not_matter() -> None:
    attributes = drawn(5)
    shuffled = [Attribute(a.name, a.item[::-1], a.own[::-1], a.rival[::-1], a.marking) for a in attributes[::-1]]

    def values(found: Across) -> list[float | None]:
        return [getattr(found, name).value for name in module.FIGURES]

    assert values(across(shuffled)) == pytest.approx(values(across(attributes)))
