"""Does a 95 % interval hold the truth in 95 % of samples? Simulated: most intervals are right for many items only.

A population is known to the last item, so its true figures are; samples of it are drawn again and again, and it is
counted how often the interval of a sample holds the true figure. What a function refuses is counted apart: it promises
nothing there. `coverage_designs` names the populations.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

import numpy as np
from scipy.stats import binom

from raters.stats.types import CONFIDENCE, FloatArray, IntArray

DRAWS = 1000
BAND = 0.99
FEW = 100
"""Fewer intervals than this out of all draws say nothing: the function refuses this design."""

Verdict = Literal["stated", "too low", "conservative", "refused"]


class Interval(Protocol):
    """What an `Estimate` and a `Figure` have in common."""

    @property
    def value(self) -> float | None: ...

    @property
    def low(self) -> float | None: ...

    @property
    def high(self) -> float | None: ...


Found = Mapping[str, Interval]


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Kinds of items (K, c), a row of codes each, with their shares (K,)."""

    kinds: IntArray
    share: FloatArray

    def sample(self, n: int, rng: np.random.Generator) -> IntArray:
        """n items drawn at random, (n, c)."""
        return self.kinds[rng.choice(len(self.kinds), n, p=self.share)]

    def whole(self, size: int = 400_000) -> IntArray:
        """Every kind in proportion, about `size` items: a figure of it is the true one but for rounding."""
        return np.repeat(self.kinds, np.round(self.share * size).astype(np.int64), axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Samples of a population, the intervals found in one, and the true figures, both by name.

    found   (rng, seed) -> the intervals of a fresh sample; the seed is for their own resampling.
    """

    name: str
    found: Callable[[np.random.Generator, int], Found]
    truth: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Coverage:
    """One interval at one design: of `given` intervals in `draws` samples the share `coverage` held the truth.

    low, high   the range that the share stays in with 99 % chance where the stated one is right.
    refused     share of the samples without an interval.
    width       mean, of those given; None where none is.
    """

    interval: str
    design: str
    nominal: float
    draws: int
    given: int
    coverage: float | None
    low: float | None
    high: float | None
    refused: float
    width: float | None
    verdict: Verdict

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


def simulate(design: Design, *, draws: int = DRAWS, seed: int = 0) -> list[Coverage]:
    """The coverage of every interval of a design, in the order of its true figures."""
    held: dict[str, list[tuple[bool, float]]] = {name: [] for name in design.truth}
    for draw in range(draws):
        found = design.found(np.random.default_rng([seed, draw]), draw)
        for name, truth in design.truth.items():
            low, high = found[name].low, found[name].high
            if low is not None and high is not None:
                held[name].append((low <= truth <= high, high - low))
    return [_counted(name, design.name, held[name], draws) for name in design.truth]


def band(given: int) -> tuple[float, float]:
    """Where the share of `given` intervals that hold the truth lies with 99 % chance if each does with 95 %."""
    low, high = binom.interval(BAND, given, CONFIDENCE)
    return float(low) / given, float(high) / given


def _counted(name: str, design: str, held: Iterable[tuple[bool, float]], draws: int) -> Coverage:
    rows = list(held)
    given = len(rows)
    refused = 1 - given / draws
    if not given:
        return Coverage(name, design, CONFIDENCE, draws, 0, None, None, None, refused, None, "refused")
    share, width = (float(figure) for figure in np.mean(rows, axis=0))
    low, high = band(given)
    verdict: Verdict = "stated" if low <= share <= high else "too low" if share < low else "conservative"
    if given < FEW * draws / DRAWS:
        verdict = "refused"
    return Coverage(name, design, CONFIDENCE, draws, given, share, low, high, refused, width, verdict)
