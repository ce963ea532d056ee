"""What items without an answer can change at most.

Leaving them out is right only if they are like the others, which nothing in the data can show. Without that assumption
a share lies between the share with all of them taken as 0 and the share with all of them taken as 1 (Manski 1989,
"Anatomy of the selection problem"; Horowitz and Manski 2000, for the interval around both ends).
"""

from __future__ import annotations

from dataclasses import dataclass

from raters.stats.bootstrap import REPLICATES
from raters.stats.prevalence import share
from raters.stats.types import BoolArray, Estimate, FloatArray


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a share can be.

    low, high   each an `Estimate` over all n items: with every missing one taken as not holding, and as holding. From
        `low.low` to `high.high` lies the share in at least 95 of 100 samples, whatever the missing items are.
    n, missing  items drawn, and those of them without an answer.
    """

    low: Estimate
    high: Estimate
    n: int
    missing: int

    def as_dict(self) -> dict[str, object]:
        return {"low": self.low.as_dict(), "high": self.high.as_dict(), "n": self.n, "missing": self.missing}


def worst_case(
    holds: BoolArray,
    answered: BoolArray,
    probability: FloatArray | None,
    *,
    seed: int = 0,
    replicates: int = REPLICATES,
) -> Bounds:
    """Bounds of the share of the population for which `holds` (n,), known only where `answered` (n,).

    Inclusion probabilities (n,) in (0, 1] as `share` takes them; None: the sample's own share, and its method says so.
    What `holds` says of an item without an answer is not read. Without items both ends are undefined.

    >>> import numpy as np
    >>> found = worst_case(np.array([True, False, False, False]), np.array([True, True, True, False]), None)
    >>> found.low.value, found.high.value, found.missing
    (0.25, 0.5, 1)
    """
    if holds.shape != answered.shape:
        raise ValueError(f"{len(answered)} items say whether they are answered, {len(holds)} what holds")
    return Bounds(
        low=share(holds & answered, probability, seed=seed, replicates=replicates),
        high=share(holds | ~answered, probability, seed=seed, replicates=replicates),
        n=len(holds),
        missing=int((~answered).sum()),
    )
