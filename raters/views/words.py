"""What the states of a set are called on pages, and the sentence that says how one stands."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.overview import Overview
from ..models import RatingSet

State = RatingSet.State


class Status(NamedTuple):
    kind: str
    text: str


STATUS = {
    State.DRAFT: Status("neutral", "Draft"),
    State.OPEN: Status("accent", "Open"),
    State.ADJUDICATING: Status("warn", "Adjudicating"),
    State.FROZEN: Status("good", "Frozen"),
}


def sentence(rating_set: RatingSet, seen: Overview) -> str:
    """The state of the set in plain words."""
    if rating_set.state == State.DRAFT:
        population = rating_set.design.get("population_n", 0)
        return f"{seen.n_items:,} items are drawn of {population:,}; nobody has been asked yet."
    if rating_set.state == State.OPEN:
        return (
            f"{seen.answers:,} of {seen.wanted:,} answers are in; "
            f"{seen.complete:,} of {seen.n_items:,} items have all of theirs."
        )
    if rating_set.state == State.ADJUDICATING:
        waiting = (
            f"{seen.tied:,} tied items wait for a decision" if seen.tied != 1 else "1 tied item waits for a decision"
        )
        return f"Rating is closed: {seen.with_gold:,} of {seen.n_items:,} items have gold, {waiting if seen.tied else 'none is tied'}."
    when = f" since {rating_set.frozen_at:%-d %B %Y}" if rating_set.frozen_at else ""
    ties = f"; {seen.tied:,} tied items stay without" if seen.tied else ""
    return f"Frozen{when}: {seen.with_gold:,} of {seen.n_items:,} items have gold{ties}. Nothing in it can change."


LACKS = {
    "tied": "tied and not adjudicated: they must be decided first",
    "too_few_ratings": "with fewer than two ratings: they stay in the set without gold, and every report counts them",
}


def lacking(missing: dict[str, int]) -> list[str]:
    """What stands before freezing, in words."""
    return [f"{n:,} item{'s' if n != 1 else ''} {LACKS[reason]}." for reason, n in missing.items() if reason in LACKS]
