"""Laws of splitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.sampling import FOLDS, Shares, split_by_group

SEEDS = st.integers(0, 2**31 - 1)
STRATA = st.lists(st.sampled_from("abcde"), min_size=1, max_size=60)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(groups=st.lists(st.integers(0, 12), min_size=1, max_size=80), seed=SEEDS, data=st.data())
def test_groups_are_never_split(groups: list[int], seed: int, data: st.DataObject) -> None:
    strata = data.draw(st.lists(st.sampled_from("ab"), min_size=len(groups), max_size=len(groups)))
    split, fold = split_by_group(groups, strata, Shares(), rng(seed))
    for group in set(groups):
        assert len({(split[i], fold[i]) for i, g in enumerate(groups) if g == group}) == 1


@given(groups=st.lists(st.integers(0, 12), min_size=1, max_size=80), seed=SEEDS)
def test_a_fold_belongs_to_dev_and_to_dev_alone(groups: list[int], seed: int) -> None:
    split, fold = split_by_group(groups, [""] * len(groups), Shares(), rng(seed))
    assert set(split) <= {"shots", "dev", "test"}
    assert [f is not None for f in fold] == [s == "dev" for s in split]
    assert {f for f in fold if f is not None} <= set(range(FOLDS))


def parts(n: int, shares: Shares, seed: int) -> tuple[Counter[str], Counter[int | None]]:
    split, fold = split_by_group(range(n), [""] * n, shares, rng(seed))
    return Counter(split), Counter(f for f in fold if f is not None)


@given(n=st.integers(1, 300), shots=st.integers(0, 10), dev=st.integers(0, 10), seed=SEEDS)
def test_single_items_come_within_one_of_their_shares(n: int, shots: int, dev: int, seed: int) -> None:
    shares = Shares(shots / 20, dev / 20, 1 - shots / 20 - dev / 20)
    split, folds = parts(n, shares, seed)
    for name, share in (("shots", shares.shots), ("dev", shares.dev), ("test", shares.test)):
        assert abs(split[name] - share * n) < 1 + 1e-6
    assert all(abs(folds[f] - split["dev"] / FOLDS) < 1 + 1e-6 for f in range(FOLDS))


@settings(max_examples=50)
@given(sizes=st.lists(st.integers(1, 10), min_size=20, max_size=60), seed=SEEDS)
def test_groups_come_within_the_largest_group_of_their_shares(sizes: list[int], seed: int) -> None:
    groups = [g for g, size in enumerate(sizes) for _ in range(size)]
    split, _ = split_by_group(groups, [""] * len(groups), Shares(), rng(seed))
    for name, share in (("shots", 0.1), ("dev", 0.5), ("test", 0.4)):
        assert abs(split.count(name) - share * len(groups)) <= max(sizes) + 1


def test_every_item_comes_into_a_part_with_exactly_its_share() -> None:
    """Whatever its group and stratum: a group that takes up half of the set too."""
    groups = ["giant"] * 30 + [f"pair {i // 2}" for i in range(20)] + [f"single {i}" for i in range(10)]
    strata = ["a", "b", "c"] * 20
    draws = 4000
    test = np.zeros(60)
    for seed in range(draws):
        split, _ = split_by_group(groups, strata, Shares(), rng(seed))
        test += [part == "test" for part in split]
    band = 4.5 * np.sqrt(0.4 * 0.6 / draws)  # of 33 independent groups one leaves it once in 5,000 times
    assert np.abs(test / draws - 0.4).max() < band


def test_any_two_groups_may_meet_in_the_test() -> None:
    together = Counter(
        pair
        for seed in range(600)
        for split in [split_by_group(range(8), [""] * 8, Shares(), rng(seed))[0]]
        for pair in combinations([i for i in range(8) if split[i] == "test"], 2)
    )
    assert len(together) == 28
    assert max(together.values()) < 3 * min(together.values())


def test_groups_that_have_a_place_keep_it() -> None:
    known: dict[Hashable, tuple[str, int | None]] = {"a": ("test", None), "b": ("dev", 3)}
    split, fold = split_by_group(["a", "b", "c", "a"], [""] * 4, Shares(1, 0, 0), rng(0), known=known)
    assert (split, fold) == (["test", "dev", "shots", "test"], [None, 3, None, None])


def test_nothing_to_split() -> None:
    assert split_by_group([], [], Shares(), rng(0)) == ([], [])


def test_strata_are_spread_over_the_splits() -> None:
    strata = ["rare"] * 20 + ["common"] * 180
    split, _ = split_by_group(range(200), strata, Shares(), rng(3))
    rare = Counter(split[:20])
    assert {name: rare[name] for name in ("shots", "dev", "test")} == pytest.approx(
        {"shots": 2, "dev": 10, "test": 8}, abs=2
    )


@given(strata=STRATA, seed=SEEDS)
def test_the_same_seed_gives_the_same(strata: Sequence[str], seed: int) -> None:
    assert split_by_group(strata, strata, Shares(), rng(seed)) == split_by_group(strata, strata, Shares(), rng(seed))


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (-0.1, 0.6, 0.5)])
def test_shares_sum_to_one(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be at least 0 and sum to 1"):
        Shares(*shares)
