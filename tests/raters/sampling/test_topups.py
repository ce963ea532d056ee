"""A top-up gives every item the chance to have come by either draw."""

from __future__ import annotations

import numpy as np
import pytest

from raters.sampling import Drawn, combined, pps, stratified, top_up, uniform

N = 20
STRATA = ["a"] * 5 + ["b"] * 15
SIZE = np.linspace(0, 1, N)


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def first_draw(method: str, seed: int) -> tuple[Drawn, list[str]]:
    if method == "stratified":
        return stratified(STRATA, 6, rng(seed)), STRATA
    return (uniform(N, 6, rng(seed)) if method == "uniform" else pps(SIZE, 6, rng(seed))), [""] * N


def both(method: str, seed: int, *, more: int = 5, there: int = N) -> tuple[np.ndarray, Drawn]:
    """The items in the set after a draw and a top-up, of which the last N - there joined in between."""
    first, strata = first_draw(method, seed)
    taken = np.zeros(N + (N - there), dtype=np.bool_)
    taken[first.index] = True
    chance = np.append(first.chance, np.zeros(N - there))
    second = top_up(taken, chance, strata + ["new"] * (N - there), more, rng(seed + 10**6))
    taken[second.index] = True
    return taken, second


def test_a_uniform_draw_topped_up_is_a_larger_uniform_draw() -> None:
    _, second = both("uniform", 0)
    assert second.chance.tolist() == pytest.approx([11 / 20] * N)


@pytest.mark.parametrize("method", ["uniform", "stratified", "by size"])
def test_items_are_in_the_set_as_often_as_the_formula_says(method: str) -> None:
    draws = 2500
    seen = np.zeros(N)
    chance = both(method, 0)[1].chance
    for seed in range(draws):
        taken, second = both(method, seed)
        assert taken.sum() == 11
        assert second.chance.tolist() == pytest.approx(chance.tolist())  # whatever the first draw took
        seen += taken
    band = 4 * np.sqrt(chance * (1 - chance) / draws)
    assert (np.abs(seen / draws - chance) <= band).all()


def test_the_second_draw_leaves_the_first_alone_and_raises_every_chance() -> None:
    taken, second = both("by size", 3)
    first, _ = first_draw("by size", 3)
    assert not set(first.index.tolist()) & set(second.index.tolist())
    assert (second.chance > first.chance).all()
    assert taken.sum() == 11


def test_what_joined_since_has_the_chance_of_the_second_draw_alone() -> None:
    _, second = both("stratified", 1, more=6, there=N - 4)
    assert second.chance[N:].tolist() == pytest.approx([second.chance[N]] * 4)
    assert 0 < second.chance[N] < 1


def test_combining_is_symmetric_and_keeps_what_is_certain() -> None:
    p, q = rng(0).random(50), rng(1).random(50)
    assert combined(p, q).tolist() == pytest.approx(combined(q, p).tolist())
    assert combined(np.ones(3), p[:3]).tolist() == [1.0] * 3
    assert combined(p, np.zeros(50)).tolist() == pytest.approx(p.tolist())


def test_no_more_than_is_left() -> None:
    taken = np.array([True, True, False])
    with pytest.raises(ValueError, match="cannot draw 2 of the 1 items that are not in the set yet"):
        top_up(taken, np.ones(3), [""] * 3, 2, rng(0))
