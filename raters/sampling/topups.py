"""Drawing more items into a set that has been drawn already.

A top-up draws from the part of the population that is not in the set yet, at random within the strata of the first draw
(a draw without strata, by size too, is one stratum). In stratum h with R_h items left, m_h of them drawn, an item that
is not in the set has the chance p2 = m_h / R_h. As the first draw always takes the same number from a stratum, R_h and
so p2 do not depend on which items it happened to take, and

    P(in the set) = P(first draw) + P(not first draw) p2 = p1 + (1 - p1) p2 = 1 - (1 - p1)(1 - p2)

holds exactly for every item, those of the first draw included: they too could have come by the second. A second draw
by size would not give this: the sizes left over, and with them p2, depend on the first draw.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from .draws import Allocation, Drawn, stratified


def combined(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """The chance to come by either of two draws, the second from what the first left.

    >>> combined(np.array([0.1, 0.5]), np.array([0.1, 0.5])).round(2).tolist()
    [0.19, 0.75]
    """
    return np.asarray(1 - (1 - first) * (1 - second))


def top_up(
    taken: NDArray[np.bool_],
    chance: NDArray[np.float64],
    strata: Sequence[Hashable],
    n: int,
    rng: np.random.Generator,
    *,
    allocation: Allocation = "proportional",
) -> Drawn:
    """n more items of a population, those drawn before being `taken` (N,) with `chance` (N,) in [0, 1].

    The chance is 0 for items that joined the population since. Returns the new items and the combined chance of every
    item. Raises ValueError when fewer than n are left, or n is smaller than the number of strata with any left.
    """
    left = np.flatnonzero(~taken)
    if not 0 < n <= len(left):
        raise ValueError(f"cannot draw {n} of the {len(left)} items that are not in the set yet")
    second = stratified([strata[i] for i in left.tolist()], n, rng, allocation=allocation)
    by_stratum = {strata[i]: p for i, p in zip(left.tolist(), second.chance.tolist(), strict=True)}
    p2 = np.array([by_stratum.get(stratum, 0.0) for stratum in strata])
    return Drawn(left[second.index], combined(chance, p2))
