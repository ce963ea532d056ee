"""Drawing items for a rating set, and splitting them, with every probability known. Pure.

Every design here is a random one whose inclusion probability is positive for every item of the stated population: it
must be stored when the item is drawn, because it cannot be reconstructed later (Horvitz and Thompson 1952).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FOLDS = 5
SPLITS = ("shots", "dev", "test")


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
    on one side and tested on the other. Groups are dealt in random order, each to the part that is furthest below its
    share within the strata of the group's items.
    """
    parts = {("shots", None): shares.shots, **{("dev", f): shares.dev / FOLDS for f in range(FOLDS)}}
    parts[("test", None)] = shares.test
    members: dict[Hashable, list[int]] = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    total: dict[Hashable, int] = {}
    for stratum in strata:
        total[stratum] = total.get(stratum, 0) + 1
    filled = {(part, stratum): 0 for part in parts for stratum in total}
    split: list[str] = [""] * len(groups)
    fold: list[int | None] = [None] * len(groups)
    order = list(members)
    rng.shuffle(order)  # type: ignore[arg-type]
    for group in sorted(order, key=lambda g: -len(members[g])):  # large groups first, ties in random order
        wanted = {strata[i] for i in members[group]}
        deficit = {
            part: sum(share * total[s] - filled[part, s] for s in wanted) for part, share in parts.items() if share > 0
        }
        best = max(deficit, key=lambda part: deficit[part])
        for i in members[group]:
            split[i], fold[i] = best
            filled[best, strata[i]] += 1
    return split, fold
