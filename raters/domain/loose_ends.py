"""What a set would leave undone if it were closed or frozen now. It forbids neither; `gold.missing` says what does."""

from __future__ import annotations

from ..models import RatingSet
from .overview import Overview


def loose_ends(rating_set: RatingSet, seen: Overview) -> dict[str, int]:
    """How many, by kind; empty when nothing. `short` items lack answers, `waiting` ones the owner's word after three
    skips, `idle` raters are listed and have not answered once."""
    found = {
        "short": seen.n_items - seen.complete,
        "waiting": seen.waiting,
        "flags": seen.flags,
        "notes": seen.notes,
        "idle": rating_set.set_raters.filter(stored=0).count(),
        "left_out": seen.left_out,
    }
    return {kind: n for kind, n in found.items() if n}
