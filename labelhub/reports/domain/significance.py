"""The tests of a stored evaluation, adjusted for how many there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from llm_jobs.models import Evaluation
from raters.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, holm
from raters.stats.types import FloatArray

LEVEL = 0.05
DEFAULT = "holm"
CORRECTIONS: dict[str, tuple[str, str, Callable[[FloatArray], FloatArray]]] = {
    "holm": ("Holm", "the chance of any false finding is kept, whatever the tests share", holm),
    "bh": ("Benjamini-Hochberg", "the share of false findings is kept, for independent tests", benjamini_hochberg),
    "by": (
        "Benjamini-Yekutieli",
        "the share of false findings is kept, whatever the tests share, as these share items and raters",
        benjamini_yekutieli,
    ),
}


@dataclass(frozen=True)
class Tested:
    """A stored test (`p`, `n`, `method`, `reason`, perhaps `b` and `c`) with its p among all of its family."""

    test: dict[str, Any]
    p_adjusted: float | None

    @property
    def is_seen(self) -> bool:
        """Whether the difference is beyond chance after the adjustment."""
        return self.p_adjusted is not None and self.p_adjusted <= LEVEL


@dataclass(frozen=True)
class Duel:
    """Two machines on the same items: the stored row, with its tests adjusted over all pairs."""

    row: dict[str, Any]
    f1: Tested
    accuracy: Tested


def adjusted(tests: Sequence[dict[str, Any]], correction: str) -> list[Tested]:
    """A test without a p-value counts among the tests as one that finds nothing."""
    p = np.array([1.0 if test["p"] is None else test["p"] for test in tests])
    values = CORRECTIONS[correction][2](p).tolist()
    return [Tested(test, None if test["p"] is None else q) for test, q in zip(tests, values, strict=True)]


def against_pooled(evaluation: Evaluation, correction: str) -> dict[str, Tested]:
    """Machine -> its swap test against the pooled raters, adjusted over the machines; none in older evaluations."""
    rows = [row for row in evaluation.result["annotators"] if "permutation" in row]
    tested = adjusted([row["permutation"] for row in rows], correction)
    return {row["name"]: one for row, one in zip(rows, tested, strict=True)}


def beside_raters(evaluation: Evaluation, correction: str) -> dict[tuple[str, str], Tested]:
    """(rater, machine) -> McNemar's test on the rater's items, adjusted over all raters and machines."""
    rows = [
        ((rater["name"], row["name"]), row["mcnemar"])
        for rater in evaluation.result["raters"]
        for row in rater["annotators"]
        if "mcnemar" in row
    ]
    tested = adjusted([test for _, test in rows], correction)
    return {key: one for (key, _), one in zip(rows, tested, strict=True)}


def duels(evaluation: Evaluation, correction: str) -> list[Duel]:
    """Every two machines, each of the two tests adjusted over the pairs."""
    rows = [row for row in evaluation.result.get("duels", ()) if "permutation" in row]
    f1 = adjusted([row["permutation"] for row in rows], correction)
    accuracy = adjusted([row["mcnemar"] for row in rows], correction)
    return [Duel(*found) for found in zip(rows, f1, accuracy, strict=True)]


def over_attributes(attributes: Sequence[dict[str, Any]], correction: str) -> dict[tuple[str, str], Tested]:
    """(attribute's slug, machine) -> its swap test against the pooled raters, adjusted over all of them together."""
    rows = [((one["slug"], row["name"]), row["permutation"]) for one in attributes for row in one["machines"]]
    tested = adjusted([test for _, test in rows], correction)
    return {key: one for (key, _), one in zip(rows, tested, strict=True)}
