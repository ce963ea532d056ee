"""Splitting drawn items into shots, dev and test, whole groups together."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import TypeVar

import numpy as np

FOLDS = 5
P = TypeVar("P", bound=Hashable)
Split = tuple[str, int | None]


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


def split_by_group(
    groups: Sequence[Hashable],
    strata: Sequence[Hashable],
    shares: Shares,
    rng: np.random.Generator,
    *,
    known: Mapping[Hashable, Split] | None = None,
) -> tuple[list[str], list[int | None]]:
    """A split for each item, and a fold 0..4 for each dev item.

    Items of one group (an author, a channel) always share split and fold, so that nothing about an author is learnt
    on one side and tested on the other; groups that have a place already (`known`) keep it. Every item comes into a
    split with exactly its share as probability, whatever its group and stratum: estimates on a split weigh by it. With
    groups of one item every part is within one item of its share.
    """
    known = known or {}
    new = [i for i, group in enumerate(groups) if group not in known]
    wanted = {"shots": shares.shots, "dev": shares.dev, "test": shares.test}
    split = _deal([groups[i] for i in new], [strata[i] for i in new], wanted, rng)
    dev = [i for i in new if split[groups[i]] == "dev"]
    folds = _deal([groups[i] for i in dev], [strata[i] for i in dev], dict.fromkeys(range(FOLDS), 1 / FOLDS), rng)
    places = {group: (part, folds.get(group)) for group, part in split.items()} | dict(known)
    return [places[group][0] for group in groups], [places[group][1] for group in groups]


def _deal(
    groups: Sequence[Hashable], strata: Sequence[Hashable], shares: Mapping[P, float], rng: np.random.Generator
) -> dict[Hashable, P]:
    """A part for each group, by systematic selection (Madow and Madow 1944).

    The groups of a stratum stand in random order around a circle on which every part has an arc as long as its share;
    a group falls where its middle stands. One random start turns all circles, so that a middle is anywhere with the
    same chance and a group falls in a part with exactly the part's share; an arc holds its share of the items within
    the largest group. Each stratum starts a little further than the one before: what one has too much the next lacks.
    """
    size = Counter(groups)
    home = dict(zip(reversed(groups), reversed(strata), strict=True))  # of its first item
    order = list(size)
    order = sorted((order[k] for k in rng.permutation(len(order))), key=lambda group: str(home[group]))
    bounds = list(accumulate(shares.values()))
    parts = list(shares)
    start, before = rng.random(), 0
    dealt: dict[Hashable, P] = {}
    for _, members in groupby(order, key=lambda group: str(home[group])):
        circle, passed = list(members), 0
        length = sum(size[group] for group in circle)
        for group in circle:
            point = (start + before / len(groups) + (passed + size[group] / 2) / length) % 1
            dealt[group] = parts[bisect_right(bounds, point * bounds[-1])]
            passed += size[group]
        before += length
    return dealt
