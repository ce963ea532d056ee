"""Drawing items for a rating set, and splitting them, with every probability known. Pure.

Every design here is a random one whose inclusion probability is positive for every item of the stated population: it
must be stored when the item is drawn, because it cannot be reconstructed later (Horvitz and Thompson 1952).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
P = TypeVar("P", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Drawn:
    """Items drawn, as indexes into the population, with their inclusion probabilities, both of length n."""

    index: NDArray[np.int64]
    probability: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shares:
    """Wished shares of the splits; they sum to 1."""

    shots: float = 0.1
    dev: float = 0.5
    test: float = 0.4

    def __post_init__(self) -> None:
        parts = (self.shots, self.dev, self.test)
        if min(parts) < 0 or abs(sum(parts) - 1) > 1e-9:
            raise ValueError(f"shares {parts} must be at least 0 and sum to 1")


def uniform(population: int, n: int, rng: np.random.Generator) -> Drawn:
    """A simple random sample without replacement: every item has probability n/N. Raises ValueError for n > N."""
    if not 0 < n <= population:
        raise ValueError(f"cannot draw {n} of {population} items")
    return Drawn(np.sort(rng.choice(population, n, replace=False)), np.full(n, n / population))


def stratified(strata: Sequence[Hashable], n: int, rng: np.random.Generator) -> Drawn:
    """An equal number from each stratum (all of it where it is smaller), each at random: probability n_h/N_h.

    `strata` names the stratum of each item of the population. Every stratum gets at least one draw; raises ValueError
    when n is smaller than the number of strata or larger than the population.
    """
    members: dict[Hashable, list[int]] = {}
    for i, stratum in enumerate(strata):
        members.setdefault(stratum, []).append(i)
    sizes = _allocate({stratum: len(group) for stratum, group in members.items()}, n)
    index: list[int] = []
    probability: list[float] = []
    for stratum in sorted(members, key=str):
        group, size = members[stratum], sizes[stratum]
        index += [group[k] for k in rng.choice(len(group), size, replace=False)]
        probability += [size / len(group)] * size
    order = np.argsort(index)
    return Drawn(np.array(index, dtype=np.int64)[order], np.array(probability)[order])


def _allocate(sizes: Mapping[Hashable, int], n: int) -> dict[Hashable, int]:
    """Water-filling: equal shares, what a small stratum cannot use goes to the others."""
    if not len(sizes) <= n <= sum(sizes.values()):
        raise ValueError(f"cannot draw {n} of {sum(sizes.values())} items in {len(sizes)} strata")
    allocated: dict[Hashable, int] = {}
    left = n
    for k, stratum in enumerate(sorted(sizes, key=lambda s: (sizes[s], str(s)))):
        allocated[stratum] = min(sizes[stratum], left // (len(sizes) - k))
        left -= allocated[stratum]
    for stratum in sorted(sizes, key=str):
        extra = min(left, sizes[stratum] - allocated[stratum])
        allocated[stratum] += extra
        left -= extra
    return allocated


def split_by_group(
    groups: Sequence[Hashable], strata: Sequence[Hashable], shares: Shares, rng: np.random.Generator
) -> tuple[list[str], list[int | None]]:
    """A split for each item, and a fold 0..4 for each dev item.

    Items of one group (an author, a channel) always share split and fold, so that nothing about an author is learnt
    on one side and tested on the other. With groups of one item every part is within one item of its share.
    """
    wanted = {"shots": shares.shots, "dev": shares.dev, "test": shares.test}
    split = _deal(groups, strata, wanted, rng)
    dev = [i for i, part in enumerate(split) if part == "dev"]
    folds = _deal([groups[i] for i in dev], [strata[i] for i in dev], dict.fromkeys(range(FOLDS), 1 / FOLDS), rng)
    fold: list[int | None] = [None] * len(groups)
    for i, number in zip(dev, folds, strict=True):
        fold[i] = number
    return split, fold


def _deal(
    groups: Sequence[Hashable], strata: Sequence[Hashable], shares: Mapping[P, float], rng: np.random.Generator
) -> list[P]:
    """A part for each item, whole groups together: large groups first, each to a part that still has room for it, at
    random in proportion to what the part lacks within the strata of the group."""
    members: dict[Hashable, list[int]] = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    parts = [part for part, share in shares.items() if share > 0]
    room = {part: shares[part] * len(groups) for part in parts}
    lacks = {(part, stratum): shares[part] * n for stratum, n in Counter(strata).items() for part in parts}
    dealt: dict[int, P] = {}
    in_order = list(members.values())
    shuffled = [in_order[k] for k in rng.permutation(len(in_order))]
    for items, draw in zip(sorted(shuffled, key=len, reverse=True), rng.random(len(members)).tolist(), strict=True):
        within = Counter(strata[i] for i in items)
        part = _choose(room, {p: sum(max(lacks[p, s], 0.0) for s in within) for p in parts}, len(items), draw)
        room[part] -= len(items)
        for stratum, n in within.items():
            lacks[part, stratum] -= n
        dealt |= dict.fromkeys(items, part)
    return [dealt[i] for i in range(len(groups))]


def _choose(room: Mapping[P, float], lacks: Mapping[P, float], size: int, draw: float) -> P:
    """A part with room for `size` items, the one at `draw` (0 to 1) of what they lack; the roomiest where none has."""
    fitting = [part for part in room if room[part] > size - 1e-9]
    if not fitting:
        return max(room, key=lambda part: room[part])
    weights = [lacks[part] + 1e-9 * room[part] for part in fitting]
    bounds = list(accumulate(weights))
    return fitting[min(bisect_right(bounds, draw * bounds[-1]), len(fitting) - 1)]
