"""How a set is sampled: the design, and the draw it asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from attributes.models import Attribute
from labelhub.lib.errors import BadInput

from .. import sampling
from . import populations
from .frames import Frame, frame_of

LEAST_FLOOR = 0.1
MOST_STRATA_STORED = 200


class Method(StrEnum):
    UNIFORM = "uniform"
    STRATIFIED = "stratified"  # by language, group or a metadata key
    DIVERSE = "diverse"  # stratified by groups of alike embeddings
    BY_SIZE = "by_size"  # chance in proportion to how much there is to learn, over a uniform floor


@dataclass(frozen=True)
class Sizes:
    """How much there is to learn from items, from 0 to 1: a machine's uncertainty, the disagreement of labels.

    Given by who knows it: machines are none of this app's business. `by` says in words what it is and goes on record;
    an item not in `of` has size 0, which leaves it the floor's chance.
    """

    by: str
    of: Mapping[int, float]


@dataclass(frozen=True)
class Design:
    """How a rating set is sampled.

    stratify_by  `language`, `group` or a metadata key, for the stratified method.
    allocation   how many of each stratum: `equal` numbers, or `proportional` to its size.
    clusters     groups of alike items, for the diverse method.
    sizes, floor for the method by size; the share of the draws that falls on everything alike, at least a tenth.
    picks        external ids of items that join the set as shots beside the draw. They leave the population, and with
        them all of their authors' items: nothing is ever estimated from what somebody chose.
    """

    size: int
    overlap: int = 3
    method: Method = Method.UNIFORM
    stratify_by: str = ""
    allocation: sampling.Allocation = "equal"
    clusters: int = 10
    sizes: Sizes | None = None
    floor: float = 0.2
    shares: sampling.Shares = field(default_factory=sampling.Shares)
    picks: tuple[str, ...] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """A draw: the frame it was made from, the items it took as places in the frame, and what is on record of it."""

    frame: Frame
    drawn: sampling.Drawn
    record: dict[str, Any]


def take(
    attribute: Attribute, design: Design, rng: np.random.Generator, seed: int, *, apart_from: Collection[int] = ()
) -> Taken:
    """Draw from the attribute's population. `BadInput` names the part of the design at fault."""
    population = populations.population_of(attribute, apart_from=apart_from)
    rows = populations.by_name(population, _stratify_by(design))
    items, strata = [pk for pk, _ in rows], [stratum for _, stratum in rows]
    record: dict[str, Any] = {"method": design.method.value, "size": design.size, "population_n": len(rows)}
    if design.method == Method.STRATIFIED and not any(strata):
        raise BadInput(f"stratify_by: no item has {design.stratify_by!r}")
    if design.method == Method.DIVERSE:
        strata, encoder = _alike(attribute, items, design, seed)
        record |= {"clusters": design.clusters, "encoder": encoder}
    try:
        drawn = _drawn(design, items, strata, rng)
    except ValueError as error:
        raise BadInput(f"size: {error}") from None
    if design.method in (Method.STRATIFIED, Method.DIVERSE):
        record |= {"allocation": design.allocation, "strata": _counts(strata, drawn)}
    if design.method == Method.STRATIFIED:
        record |= {"stratify_by": design.stratify_by}
    if design.sizes and design.method == Method.BY_SIZE:
        sized = sum(1 for item in items if design.sizes.of.get(item, 0) > 0)
        record |= {"by": design.sizes.by, "floor": design.floor, "sized_n": sized}
    return Taken(frame_of(items, strata, drawn.chance), drawn, record)


def _stratify_by(design: Design) -> str:
    if design.method != Method.STRATIFIED:
        return ""
    if not design.stratify_by:
        raise BadInput("stratify_by: say what the strata are")
    return design.stratify_by


def _alike(attribute: Attribute, items: list[int], design: Design, seed: int) -> tuple[list[str], str]:
    encoder = populations.encoder_of(attribute.corpus)
    if encoder is None:
        raise BadInput("method: no item of the corpus has an embedding yet; embed it first")
    return populations.groups_alike(items, encoder, design.clusters, seed), str(encoder)


def _drawn(design: Design, items: list[int], strata: list[str], rng: np.random.Generator) -> sampling.Drawn:
    match design.method:
        case Method.UNIFORM:
            return sampling.uniform(len(items), design.size, rng)
        case Method.BY_SIZE:
            if design.sizes is None or not design.sizes.of:
                raise BadInput("by: nothing is known of how uncertain or disputed items are")
            if not LEAST_FLOOR <= design.floor <= 1:
                raise BadInput(f"floor: {LEAST_FLOOR:.0%} to 100 % of the draws must fall on every item alike")
            known = design.sizes.of
            size = np.fromiter((known.get(item, 0.0) for item in items), dtype=np.float64, count=len(items))
            return sampling.pps(size, design.size, rng, floor=design.floor)
        case _:
            return sampling.stratified(strata, design.size, rng, allocation=design.allocation)


def _counts(strata: list[str], drawn: sampling.Drawn) -> list[dict[str, Any]]:
    """Of each stratum its items and how many were drawn, the largest first."""
    there, taken = Counter(strata), Counter(strata[place] for place in drawn.index.tolist())
    ranked = sorted(there, key=lambda name: (-there[name], name))
    return [{"name": name, "n": there[name], "drawn": taken[name]} for name in ranked[:MOST_STRATA_STORED]]
