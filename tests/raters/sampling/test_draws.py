"""Laws of drawing: a fixed number, and the chance of every item exactly as stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from raters.sampling import Drawn, allocate, pps, stratified, uniform

SEEDS = st.integers(0, 2**31 - 1)
STRATA = st.lists(st.sampled_from("abcde"), min_size=1, max_size=60)
SIZES = arrays(np.float64, st.integers(1, 60), elements=st.floats(0, 1, width=32))


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
    assert drawn.chance.tolist() == [taken[stratum] / sizes[stratum] for stratum in strata]
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


@given(strata=STRATA, extra=st.integers(0, 60), seed=SEEDS)
def test_proportional_strata_come_within_one_of_their_share_or_have_one(
    strata: list[str], extra: int, seed: int
) -> None:
    sizes = Counter(strata)
    n = min(len(sizes) + extra, len(strata))
    taken = allocate(sizes, n, "proportional")
    assert sum(taken.values()) == n
    assert all(1 <= taken[stratum] <= sizes[stratum] for stratum in sizes)
    if all(n * size >= len(strata) for size in sizes.values()):
        assert all(abs(taken[stratum] - n * sizes[stratum] / len(strata)) < 1 for stratum in sizes)


@settings(max_examples=200)
@given(size=SIZES, share=st.floats(0.01, 1), floor=st.floats(0.1, 1), seed=SEEDS)
def test_pps_takes_n_different_items_and_keeps_the_floor(
    size: np.ndarray, share: float, floor: float, seed: int
) -> None:
    N = len(size)
    n = max(1, int(share * N))
    drawn = pps(size, n, rng(seed), floor=floor)
    assert len(drawn.index) == len(set(drawn.index.tolist())) == n
    assert drawn.index.tolist() == sorted(drawn.index.tolist())
    assert drawn.chance.sum() == pytest.approx(n)
    assert drawn.chance.min() >= floor * n / N - 1e-9
    assert drawn.chance.max() <= 1
    assert (drawn.chance[drawn.index] > 0).all()


@settings(max_examples=100)
@given(size=SIZES, share=st.floats(0.01, 0.9))
def test_pps_follows_the_sizes_above_the_floor(size: np.ndarray, share: float) -> None:
    n = max(1, int(share * len(size)))
    chance = pps(size, n, rng(0), floor=0.2).chance
    order = np.argsort(size, kind="stable")
    assert (np.diff(chance[order]) >= -1e-9).all()
    open_ones = (chance < 1 - 1e-9) & (size > 1e-6)
    if open_ones.any() and (chance[size == 0] < 0.2 * n / len(size) + 1e-9).all():
        slope = (chance[open_ones] - 0.2 * n / len(size)) / size[open_ones]
        assert np.ptp(slope) < 1e-6 * max(1, slope.max())


def test_sizes_of_nothing_are_a_uniform_draw() -> None:
    assert pps(np.zeros(10), 4, rng(0)).chance.tolist() == pytest.approx([0.4] * 10)


def test_what_is_certain_leaves_the_rest_to_the_others() -> None:
    chance = pps(np.array([9.0, 1, 1, 0, 0, 0, 0, 0, 0, 0]), 3, rng(0), floor=0.1).chance
    assert chance.tolist() == pytest.approx([1, 0.895, 0.895, *[0.03] * 7])
    chance = pps(np.array([1.0, 1, 0, 0, 0]), 3, rng(0), floor=0.1).chance
    assert chance.tolist() == pytest.approx([1, 1, 1 / 3, 1 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("size", "n", "floor", "message"),
    [
        ([1.0], 2, 0.2, "cannot draw 2 of 1 items"),
        ([1.0], 0, 0.2, "cannot draw 0 of 1 items"),
        ([-1.0, 1], 1, 0.2, "at least 0"),
        ([np.nan, 1], 1, 0.2, "finite"),
        ([1.0, 1], 1, 0.0, "floor must be above 0"),
    ],
)
def test_pps_refuses_what_cannot_be_drawn(size: list[float], n: int, floor: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pps(np.array(size), n, rng(0), floor=floor)


SKEWED = np.concatenate([np.zeros(12), np.linspace(0.1, 1, 10), [4.0, 9.0]])
DESIGNS: dict[str, Callable[[int], Drawn]] = {
    "uniform": lambda seed: uniform(24, 7, rng(seed)),
    "equal": lambda seed: stratified("a" * 3 + "b" * 8 + "c" * 13, 9, rng(seed)),
    "proportional": lambda seed: stratified("a" * 3 + "b" * 8 + "c" * 13, 9, rng(seed), allocation="proportional"),
    "by size": lambda seed: pps(SKEWED, 7, rng(seed), floor=0.2),
    "by size, floor of 10 %": lambda seed: pps(SKEWED, 7, rng(seed), floor=0.1),
}


@pytest.mark.parametrize("name", DESIGNS)
def test_items_come_as_often_as_their_chance_says(name: str) -> None:
    """Each frequency over many seeds lies in its binomial band (4 standard errors: by luck once in 600 designs)."""
    design, draws = DESIGNS[name], 4000
    chance = design(0).chance
    seen = np.zeros(len(chance))
    for seed in range(draws):
        drawn = design(seed)
        assert drawn.chance.tolist() == chance.tolist()
        seen[drawn.index] += 1
    band = 4 * np.sqrt(chance * (1 - chance) / draws)
    assert (np.abs(seen / draws - chance) <= band + 1e-9).all()


@pytest.mark.parametrize("floor", [0.1, 0.5, 1.0])
def test_weights_undo_the_draw(floor: float) -> None:
    """Horvitz-Thompson's total is unbiased and Hajek's share nearly so, where what is drawn more is of one kind."""
    size = np.linspace(0, 1, 300) ** 2
    y = rng(7).random(300) < 0.2 + 0.6 * size
    totals, shares, plain = np.empty((3, 2000))
    for seed in range(2000):
        drawn = pps(size, 100, rng(seed), floor=floor)
        held, weight = y[drawn.index], 1 / drawn.probability
        totals[seed], shares[seed], plain[seed] = held @ weight, held @ weight / weight.sum(), held.mean()
    assert abs(totals.mean() - y.sum()) < 4 * totals.std() / np.sqrt(2000)
    assert abs(shares.mean() - y.mean()) < 0.01
    if floor < 1:
        assert plain.mean() - y.mean() > 0.05


def test_two_hundred_thousand_items_take_a_moment() -> None:
    sizes = rng(0).random(200_000)
    assert len(pps(sizes, 1000, rng(0)).index) == 1000
    assert len(stratified((sizes * 50).astype(int).tolist(), 1000, rng(0)).index) == 1000
