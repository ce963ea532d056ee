"""What a draw will give, before it is made."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from attributes.models import Attribute
from labelhub.lib.errors import BadInput

from .. import sampling
from ..models import RatingSet
from ..stats.intervals import wilson
from ..stats.planning import effective_share
from ..stats.types import FloatArray
from . import populations
from .designs import Design, Method
from .outcomes import outcomes

EVEN = 0.5  # the share whose interval is the widest


@dataclass(frozen=True)
class Stratum:
    name: str
    n: int
    drawn: int

    @property
    def chance(self) -> float:
        return self.drawn / self.n


@dataclass(frozen=True)
class Forecast:
    """Population and chances of a design.

    low, high   the least and the greatest chance of an item; None where only the draw will tell.
    effective   what part of the sample its weights leave for shares of the population; None likewise.
    sized_n     items of which anything is known that the chances could follow.
    """

    population_n: int
    low: float | None
    high: float | None
    effective: float | None
    strata: list[Stratum] = field(default_factory=list)
    sized_n: int | None = None


@dataclass(frozen=True)
class Expected:
    """The interval that a share of `prevalence` will have on a split, if it comes out as guessed."""

    split: str
    n: int
    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


def forecast(attribute: Attribute, design: Design) -> Forecast:
    """`BadInput` names the part of the design that cannot be drawn."""
    population = populations.population_of(attribute)
    try:
        if design.method == Method.STRATIFIED:
            return _stratified(populations.sizes(population, design.stratify_by), design)
        if design.method == Method.BY_SIZE:
            return _by_size(list(population.values_list("pk", flat=True)), design)
    except ValueError as error:
        raise BadInput(f"size: {error}") from None
    n = population.count()
    if not 0 < design.size <= n:
        raise BadInput(f"size: cannot draw {design.size} of {n} items")
    if design.method == Method.DIVERSE:
        if populations.encoder_of(attribute.corpus) is None:
            raise BadInput("method: no item of the corpus has an embedding yet; embed it first")
        return Forecast(n, None, None, None)
    return Forecast(n, design.size / n, design.size / n, 1.0)


def _stratified(sizes: list[tuple[str, int]], design: Design) -> Forecast:
    if not design.stratify_by:
        raise BadInput("stratify_by: say what the strata are")
    there: dict[Hashable, int] = dict(sizes)
    taken = sampling.allocate(there, design.size, design.allocation)
    strata = [Stratum(name, n, taken[name]) for name, n in sizes]
    chances = [stratum.chance for stratum in strata]
    effective = effective_share(np.repeat(chances, [stratum.n for stratum in strata]))
    return Forecast(sum(there.values()), min(chances), max(chances), effective, strata)


def _by_size(items: list[int], design: Design) -> Forecast:
    if design.sizes is None or not design.sizes.of:
        raise BadInput("by: nothing is known of how uncertain or disputed items are")
    size = np.array([design.sizes.of.get(item, 0.0) for item in items], dtype=np.float64)
    chance: FloatArray = sampling.chances(size, design.size, design.floor)
    low, high = float(chance.min()), float(chance.max())
    return Forecast(len(items), low, high, effective_share(chance), sized_n=int((size > 0).sum()))


def expected(prevalence: float, design: Design, effective: float) -> list[Expected]:
    """By split: Wilson's interval at the effective number of items that a share of the draw gives. Whole groups stay
    together, so that a part comes out a little smaller or larger."""
    parts = {"Dev and test": design.shares.dev + design.shares.test, "Test": design.shares.test}
    found = []
    for split, part in parts.items():
        n = part * design.size
        if round(n) >= 1:
            low, high = wilson(prevalence * n * effective, n * effective)
            found.append(Expected(split, round(n), low, high))
    return found


def guess_by_gold(rating_set: RatingSet, position: int) -> float | None:
    """The share of a level by the gold of an earlier set, to plan with; None where there is none."""
    return outcomes(rating_set).share(position).value
