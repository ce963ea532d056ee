"""What a set would leave undone if it were closed or frozen now. It forbids neither; `gold.missing` says what does."""

from __future__ import annotations

from ..models import RatingSet
from .overview import Overview


def loose_ends(rating_set: RatingSet, seen: Overview) -> dict[str, int]:
    """How many, by kind; empty when nothing. `short` items lack answers, `thin` ones have too few for gold,
    `unassigned` answers are beyond what the listed raters may give, `waiting` items need the owner's word after three
    skips, `idle` raters are listed and have not answered once."""
    found = {
        "short": seen.n_items - seen.complete,
        "thin": 0 if rating_set.overlap < 2 else seen.total("thin"),
        "unassigned": _unassigned(rating_set, seen),
        "waiting": seen.waiting,
        "flags": seen.flags,
        "notes": seen.notes,
        "idle": rating_set.set_raters.filter(stored=0).count(),
        "left_out": seen.left_out,
    }
    return {kind: n for kind, n in found.items() if n}


def _unassigned(rating_set: RatingSet, seen: Overview) -> int:
    """Answers that nobody will give: the listed raters' quotas, or their number, do not reach."""
    if not rating_set.is_named or rating_set.state != RatingSet.State.OPEN:
        return 0
    seats = rating_set.set_raters.filter(paused_at=None).values_list("quota", "answered")
    n = seen.n_items
    to_come = sum(max(0, (n if quota is None else min(quota, n)) - answered) for quota, answered in seats)
    return max(0, seen.wanted - seen.answers - to_come)
