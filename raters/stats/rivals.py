"""A machine beside a rival that is no rater: another machine, or the same answer to everything.

Both are held against one reference on the items that both have labelled, and on the same resamples of items, so the
interval of their difference is paired. What a constant answer reaches is the floor: a labeler that does not lie above
it has not been seen to look at the items at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from raters.stats.confusion import f1_score
from raters.stats.figures import Figure, Row
from raters.stats.references import Reference
from raters.stats.resampling import Patterns
from raters.stats.scorecard import Contestant, Marking, rows
from raters.stats.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Duel:
    """Both rows on their common items; `difference` is F1 of the first minus F1 of the rival."""

    own: Row
    rival: Row

    @property
    def difference(self) -> Figure:
        return self.own.difference

    @property
    def retention(self) -> Figure:
        """F1 of the first as a share of the rival's: what a student keeps of its teacher."""
        found = self.own.retention
        assert found is not None  # noqa: S101 - rows against a rival have one
        return found

    def as_dict(self) -> dict[str, object]:
        gap = self.difference
        return {
            "name": self.own.name,
            "rival": self.rival.name,
            "n_items": self.own.n_items,
            "n_pairs": self.own.n_pairs,
            "f1": self.own.f1.as_dict(),
            "rival_f1": self.rival.f1.as_dict(),
            "difference": gap.value,
            "low": gap.low,
            "high": gap.high,
            "reason": gap.reason,
            "method": gap.method,
            "retention": self.retention.as_dict(),
        }


def duel(reference: Reference, own: tuple[str, IntArray], rival: tuple[str, IntArray], marking: Marking) -> Duel:
    """Two labelers as (name, level index (n_items,), -1 where it has none)."""
    together = np.flatnonzero((reference.kind >= 0) & (own[1] >= 0) & (rival[1] >= 0))
    groups = Patterns.of(np.column_stack([reference.kind[together], own[1][together], rival[1][together]]))
    truth = reference.for_machine[groups.rows[:, 0]]
    everywhere = np.ones(len(groups.rows), dtype=np.bool_)
    first, second = (_confusion(truth, groups.rows[:, column]) for column in (1, 2))
    contestants = [
        Contestant(own[0], everywhere, first, second, "rival"),
        Contestant(rival[0], everywhere, second, None, "rival"),
    ]
    return Duel(*rows(contestants, groups.multiplicity, marking))


def best_constant(reference: Reference, marking: Marking) -> int | None:
    """The level that, given as the answer to every item, has the highest F1; None where no item has a reference."""
    kinds = reference.kind[reference.kind >= 0]
    truth = reference.for_machine[kinds].sum(axis=0)
    if not truth.sum():
        return None
    q = len(truth)
    always = np.stack([np.outer(truth, np.eye(q)[level]) for level in range(q)])
    reached = f1_score(always, scale=marking.scale, positive=marking.positive)
    return int(np.nanargmax(np.where(np.isfinite(reached), reached, -1.0)))


def _confusion(truth: FloatArray, label: IntArray) -> FloatArray:
    predicted = np.eye(truth.shape[1])[label]
    return np.asarray(truth[:, :, None] * predicted[:, None, :])
