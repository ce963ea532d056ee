"""Laws of drawing and splitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raters.sampling import FOLDS, Shares, split_by_group, stratified, uniform

SEEDS = st.integers(0, 2**31 - 1)
STRATA = st.lists(st.sampled_from("abcde"), min_size=1, max_size=60)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(population=st.integers(1, 200), share=st.floats(0.01, 1), seed=SEEDS)
def test_uniform_draws_n_different_items_with_the_same_exact_chance(population: int, share: float, seed: int) -> None:
    n = max(1, int(share * population))
    drawn = uniform(population, n, rng(seed))
    assert len(set(drawn.index.tolist())) == n
    assert set(drawn.index.tolist()) <= set(range(population))
    assert drawn.probability.tolist() == [n / population] * n


@pytest.mark.parametrize("n", [0, 11])
def test_uniform_refuses_what_cannot_be_drawn(n: int) -> None:
    with pytest.raises(ValueError, match=f"cannot draw {n} of 10 items"):
        uniform(10, n, rng(0))


@given(strata=STRATA, extra=st.integers(0, 60), seed=SEEDS)
def test_stratified_keeps_n_and_says_each_chance_exactly(strata: list[str], extra: int, seed: int) -> None:
    sizes = Counter(strata)
    n = min(len(sizes) + extra, len(strata))
    drawn = stratified(strata, n, rng(seed))
    taken = Counter(strata[i] for i in drawn.index)
    assert len(set(drawn.index.tolist())) == n
    assert drawn.index.tolist() == sorted(drawn.index.tolist())
    assert drawn.probability.tolist() == [taken[strata[i]] / sizes[strata[i]] for i in drawn.index]
    assert min(taken[stratum] for stratum in sizes) > 0


@given(strata=STRATA, extra=st.integers(0, 60), seed=SEEDS)
def test_stratified_fills_strata_evenly(strata: list[str], extra: int, seed: int) -> None:
    """A stratum gets fewer than another only where it is used up, or by the remainder of one."""
    sizes = Counter(strata)
    drawn = stratified(strata, min(len(sizes) + extra, len(strata)), rng(seed))
    taken = Counter(strata[i] for i in drawn.index)
    open_ones = [taken[stratum] for stratum in sizes if taken[stratum] < sizes[stratum]]
    if open_ones:
        assert max(taken.values()) - min(open_ones) <= len(sizes)


def test_stratified_is_unbiased_within_a_stratum() -> None:
    strata = ["a"] * 4 + ["b"] * 8
    seen = Counter(i for seed in range(4000) for i in stratified(strata, 4, rng(seed)).index.tolist())
    assert [round(seen[i] / 4000, 1) for i in range(12)] == pytest.approx([0.5] * 4 + [0.25] * 8, abs=0.051)


@pytest.mark.parametrize("n", [2, 7])
def test_stratified_needs_one_draw_a_stratum_and_no_more_than_there_are(n: int) -> None:
    with pytest.raises(ValueError, match=f"cannot draw {n} of 6 items in 3 strata"):
        stratified("aabbcc", n, rng(0))


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


def test_large_groups_fall_in_every_part_that_can_hold_them() -> None:
    groups = [f"large {i // 10}" for i in range(100)] + [f"small {i}" for i in range(100)]
    held = Counter(split_by_group(groups, [""] * 200, Shares(), rng(seed))[0][0] for seed in range(300))
    assert set(held) == {"shots", "dev", "test"}
    assert held["dev"] > held["shots"]


def test_strata_are_spread_over_the_splits() -> None:
    strata = ["rare"] * 20 + ["common"] * 180
    split, _ = split_by_group(range(200), strata, Shares(), rng(3))
    rare = Counter(split[:20])
    assert {name: rare[name] for name in ("shots", "dev", "test")} == pytest.approx(
        {"shots": 2, "dev": 10, "test": 8}, abs=2
    )


@given(strata=STRATA, seed=SEEDS)
def test_the_same_seed_gives_the_same(strata: Sequence[str], seed: int) -> None:
    n = len(set(strata))
    first, second = stratified(strata, n, rng(seed)), stratified(strata, n, rng(seed))
    assert first.index.tolist() == second.index.tolist()
    assert split_by_group(strata, strata, Shares(), rng(seed)) == split_by_group(strata, strata, Shares(), rng(seed))


@pytest.mark.parametrize("shares", [(0.5, 0.5, 0.5), (-0.1, 0.6, 0.5)])
def test_shares_sum_to_one(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="must be at least 0 and sum to 1"):
        Shares(*shares)
