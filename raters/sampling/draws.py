"""Draws of a fixed number of items, with the exact chance of every item of the population."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Allocation = Literal["equal", "proportional"]
CERTAIN = 1 - 1e-9  # a chance from which on an item is simply taken


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What a draw took, and what it could have taken.

    index    (n,) ascending: the items drawn, as places in the population.
    chance   (N,) in (0, 1]: with which each item of the population is drawn; it adds up to n.
    """

    index: NDArray[np.int64]
    chance: NDArray[np.float64]

    @property
    def probability(self) -> NDArray[np.float64]:
        """(n,): the chances of the items drawn."""
        return self.chance[self.index]


def uniform(population: int, n: int, rng: np.random.Generator) -> Drawn:
    """A simple random sample without replacement: every item has probability n/N. Raises ValueError for n > N."""
    if not 0 < n <= population:
        raise ValueError(f"cannot draw {n} of {population} items")
    return Drawn(np.sort(rng.choice(population, n, replace=False)), np.full(population, n / population))


def stratified(
    strata: Sequence[Hashable], n: int, rng: np.random.Generator, *, allocation: Allocation = "equal"
) -> Drawn:
    """A simple random sample within each stratum: probability n_h/N_h.

    `strata` names the stratum of each item of the population; `allocate` says how many each gets.
    """
    names = list(dict.fromkeys(strata))
    code = {stratum: number for number, stratum in enumerate(names)}
    codes = np.fromiter((code[stratum] for stratum in strata), dtype=np.int64, count=len(strata))
    sizes = allocate(Counter(strata), n, allocation)
    wanted = np.array([sizes[stratum] for stratum in names], dtype=np.int64)
    there = np.bincount(codes, minlength=len(names))
    shuffled = rng.permutation(len(codes))
    shuffled = shuffled[np.argsort(codes[shuffled], kind="stable")]
    rank = np.arange(len(codes)) - np.repeat(np.cumsum(there) - there, there)
    index = shuffled[rank < wanted[codes[shuffled]]]
    return Drawn(np.sort(index), (wanted / there)[codes])


def allocate(sizes: Mapping[Hashable, int], n: int, allocation: Allocation = "equal") -> dict[Hashable, int]:
    """How many of n items to draw from strata of these sizes, at least one of each.

    equal          the same number from each, all of a stratum that has fewer (water-filling): rare kinds are seen.
    proportional   by size, rounded by largest remainder: the sample looks like the population.

    Raises ValueError when n is smaller than the number of strata or larger than the population.
    """
    if not len(sizes) <= n <= sum(sizes.values()):
        raise ValueError(f"cannot draw {n} of {sum(sizes.values())} items in {len(sizes)} strata")
    return _equal(sizes, n) if allocation == "equal" else _proportional(sizes, n)


def _equal(sizes: Mapping[Hashable, int], n: int) -> dict[Hashable, int]:
    """What a small stratum cannot use goes to the others."""
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


def _proportional(sizes: Mapping[Hashable, int], n: int) -> dict[Hashable, int]:
    """One each, then the seat goes to whoever is furthest below its share; never more than a stratum has."""
    share = {stratum: n * size / sum(sizes.values()) for stratum, size in sizes.items()}
    allocated: dict[Hashable, int] = {stratum: max(1, int(share[stratum])) for stratum in sizes}
    by_lack = sorted(sizes, key=lambda s: (share[s] - allocated[s], str(s)))
    while sum(allocated.values()) > n:  # the ones that were given to tiny strata
        fullest = max(by_lack, key=lambda s: (allocated[s] > 1, allocated[s] - share[s]))
        allocated[fullest] -= 1
    for stratum in reversed(by_lack):
        if sum(allocated.values()) == n:
            break
        allocated[stratum] += 1 if allocated[stratum] < sizes[stratum] else 0
    return allocated


def pps(size: NDArray[np.float64], n: int, rng: np.random.Generator, *, floor: float = 0.2) -> Drawn:
    """n items with probability proportional to size (N,) >= 0, mixed with a uniform floor.

    The chance of an item is min(1, floor n/N + c size), with c such that it adds up to n: `floor` of the draws fall on
    everything alike, so that no chance is below floor n/N and an item of size 0 can come. Where the sizes cannot take
    up the rest (they are 0, or their items certain) it is spread evenly.

    Systematic selection from a random order (Madow 1949; Hartley and Rao 1962): n is fixed and every first-order
    probability is exact, which pps without replacement by repeated draws does not give.

    Raises ValueError as `chances`.
    """
    chance = chances(size, n, floor)
    return Drawn(_systematic(chance, rng), chance)


def chances(size: NDArray[np.float64], n: int, floor: float) -> NDArray[np.float64]:
    """The chances of a draw by size, (N,) in (0, 1]: min(1, floor n/N + c size).

    With the k largest certain, c follows; the smallest k that makes no more certain is it. Raises ValueError for a
    negative or infinite size, n outside 1..N, floor outside (0, 1].
    """
    if not 0 < n <= len(size):
        raise ValueError(f"cannot draw {n} of {len(size)} items")
    if not (np.isfinite(size) & (size >= 0)).all():
        raise ValueError("sizes must be finite and at least 0")
    if not 0 < floor <= 1:
        raise ValueError(f"the floor must be above 0 and at most 1, got {floor}")
    N, base = len(size), floor * n / len(size)
    order = np.argsort(-size, kind="stable")
    k = np.arange(n + 1)
    rest = np.append(np.cumsum(size[order][::-1])[::-1], 0.0)[: n + 1]  # what the sizes after the k largest add up to
    largest = np.append(size[order], 0.0)[: n + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        c = (n - k - base * (N - k)) / rest
        fits = c * largest <= 1 - base
    usable = np.flatnonzero(fits & (rest > 0))
    if len(usable):
        certain, slope = int(usable[0]), float(c[usable[0]])
        chance = base + slope * size
    else:
        certain = int((size > 0).sum())
        chance = np.full(N, (n - certain) / (N - certain) if certain < N else 1.0)
    chance[order[:certain]] = 1.0
    return np.minimum(chance, 1.0)


def _systematic(chance: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Every unit step from a random start, along the chances laid end to end in a random order."""
    certain = np.flatnonzero(chance >= CERTAIN)
    others = rng.permutation(np.flatnonzero(chance < CERTAIN))
    ends = np.cumsum(chance[others])
    n = round(float(ends[-1])) if len(ends) else 0
    steps = (rng.random() + np.arange(n)) * (ends[-1] / n if n else 1.0)
    taken = others[np.minimum(np.searchsorted(ends, steps, side="right"), len(others) - 1)] if n else others[:0]
    return np.sort(np.concatenate([certain, taken]))
