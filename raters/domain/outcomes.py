"""The gold of a drawn set as arrays: what was answered, what was not and why, and the chance of each item."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from django.db.models import Count

from ..models import RatingItem, RatingSet
from ..queries import ratings as queries
from ..queries.outcomes import GOLD, REASONS, with_outcome
from ..stats.bounds import Bounds, worst_case
from ..stats.prevalence import share
from ..stats.types import BoolArray, Estimate, FloatArray, IntArray

UNANSWERED = -1


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """All n items that were drawn into a split, whatever became of them.

    item         (n,): the items' ids.
    level        (n,): position of the gold level on the scale, -1 where there is none.
    probability  (n,) in (0, 1], the chance with which an item came into the split; None where any is unknown, and then
        there are unweighted figures only.
    missing      items without gold, by reason, the reasons in the order of `REASONS`.
    """

    item: IntArray
    level: IntArray
    probability: FloatArray | None
    missing: dict[str, int]

    @property
    def answered(self) -> BoolArray:
        return np.asarray(self.level != UNANSWERED)

    @property
    def n(self) -> int:
        return len(self.level)

    def share(self, position: int, *, seed: int = 0) -> Estimate:
        """The share of a level among the items with gold, weighted where the chances are known."""
        known = self.answered
        probability = None if self.probability is None else self.probability[known]
        return share(self.level[known] == position, probability, seed=seed)

    def bounds(self, position: int, *, seed: int = 0) -> Bounds:
        """The least and the most that the share of a level can be, over all that the items without gold may be."""
        return worst_case(self.level == position, self.answered, self.probability, seed=seed)


def outcomes(rating_set: RatingSet, split: str = "all") -> Outcomes:
    """Those of dev, test, shots or all (dev and test), in one query. Of a sealed test show figures and counts only."""
    rows = with_outcome(queries.drawn(rating_set, split)).order_by("pk")
    fields = ("item", "gold_position", "inclusion_probability", "outcome")
    found = list(rows.values_list(*fields))
    level = [position if outcome == GOLD else UNANSWERED for _, position, _, outcome in found]
    counts = Counter(outcome for *_, outcome in found)
    chances = [pi for *_, pi, _ in found]
    return Outcomes(
        item=np.array([item for item, *_ in found], dtype=np.int64),
        level=np.array(level, dtype=np.int64),
        probability=None if None in chances else np.array(chances, dtype=np.float64) * split_chance(rating_set, split),
        missing={reason: counts[reason] for reason in REASONS if counts[reason]},
    )


def split_chance(rating_set: RatingSet, split: str) -> float:
    """The chance with which a drawn item came into the split: its share, for items are dealt to the splits at random.

    With an item's `inclusion_probability` it gives the chance that estimates on the split weigh by. 1 where items were
    imported into their splits: there is no lot to speak of.
    """
    shares = rating_set.design.get("shares")
    return sum(shares[part] for part in queries.parts(rating_set, split)) if shares else 1.0


def missing_by_split(rating_set: RatingSet) -> dict[str, dict[str, int]]:
    """Of each split with items without gold, their number by reason."""
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE)
    kind = ("split", "outcome")
    counts = {
        (row["split"], row["outcome"]): row["n"] for row in with_outcome(items).values(*kind).annotate(n=Count("pk"))
    }
    found = {
        split: {reason: counts[split, reason] for reason in REASONS if (split, reason) in counts}
        for split in RatingItem.Split.values
    }
    return {split: reasons for split, reasons in found.items() if reasons}
