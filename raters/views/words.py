"""What the states of a set are called on pages, and the sentence that says how one stands."""

from __future__ import annotations

from typing import NamedTuple

from ..domain.overview import Overview
from ..domain.seats import Reassigned
from ..domain.work import Outlook
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


def status(rating_set: RatingSet) -> Status:
    """Where the set stands; nothing of a qualification waits for a decision once it is closed."""
    if rating_set.teaches and rating_set.state == State.ADJUDICATING:
        return Status("neutral", "Closed")
    return STATUS[State(rating_set.state)]


def lesson(rating_set: RatingSet, seen: Overview) -> str:
    """The state of a qualification in plain words."""
    n = f"{seen.n_items:,} item{'' if seen.n_items == 1 else 's'}"
    if rating_set.state == State.DRAFT:
        return f"Qualification, {n}; nobody has been asked yet."
    passes = f"{rating_set.pass_mark:.0%} right passes" if rating_set.pass_mark else ""
    if rating_set.state == State.OPEN:
        return f"Qualification, {n}: {passes}. Each answer is explained at once."
    return f"Qualification, {n}. Nobody can take it now; who has passed stays admitted."


def sentence(rating_set: RatingSet, seen: Overview) -> str:
    """The state of the set in plain words."""
    if rating_set.teaches:
        return lesson(rating_set, seen)
    if rating_set.state == State.DRAFT:
        population = rating_set.design.get("population_n", 0)
        return f"{seen.n_items:,} items are drawn of {population:,}; nobody has been asked yet."
    if rating_set.state == State.OPEN:
        return (
            f"{seen.answers:,} of {seen.wanted:,} answers are in; "
            f"{seen.complete:,} of {seen.n_items:,} items have all of theirs."
        )
    has = "has" if seen.with_level == 1 else "have"
    gold = f"{seen.with_level:,} of {seen.n_items:,} items {has} a level"
    if seen.undecidable:
        gold += f", {seen.undecidable:,} {'is' if seen.undecidable == 1 else 'are'} undecidable"
    if rating_set.state == State.ADJUDICATING:
        waiting = f"{items(seen.tied)} tied and wait{'s' if seen.tied == 1 else ''} for a decision" if seen.tied else ""
        return f"Rating is closed: {gold}; {waiting or 'none is tied'}."
    when = f" since {rating_set.frozen_at:%-d %B %Y}" if rating_set.frozen_at else ""
    ties = f"; {items(seen.tied)} tied and stay{'s' if seen.tied == 1 else ''} without" if seen.tied else ""
    return f"Frozen{when}: {gold}{ties}. Nothing in it can change."


def covers(rating_set: RatingSet, split: str) -> str:
    """What a figure of the set rests on."""
    so_far = ", so far" if rating_set.state == State.OPEN else ""
    return f"{split.lower()} items with two labels{so_far}"


def beside(rating_set: RatingSet, split: str) -> str:
    """Why the same figure may read otherwise on a report."""
    if rating_set.is_imported or split == "test":
        return ""
    if rating_set.unsealed_at:
        return "The test is unsealed: its items count as dev, here and on reports."
    if split == "dev":
        return "These figures are over dev alone, as are those of a report to begin with."
    return "These figures are over dev and test together. A report looks at one split, dev first, and may differ."


def items(n: int) -> str:
    """A number of items with the verb that follows it."""
    return "1 item is" if n == 1 else f"{n:,} items are"


LOOSE = {
    "short": ("{} has fewer answers than were asked for.", "{} have fewer answers than were asked for."),
    "thin": ("{} has fewer than two answers and gets no gold.", "{} have fewer than two answers and get no gold."),
    "unassigned": (
        "{} has nobody to give it: raise a quota, resume or add a rater.",
        "{} have nobody to give them: raise a quota, resume or add a rater.",
    ),
    "waiting": (
        "{} waits for your decision after three skips.", "{} wait for your decision after three skips.",
    ),
    "flags": ("{} for an expert is open.", "{} for an expert are open."),
    "notes": ("{} for the definition is open.", "{} for the definition are open."),
    "idle": ("{} never began.", "{} never began."),
    "left_out": ("{} is left out: no figure counts it.", "{} are left out: no figure counts them."),
}  # fmt: skip
NOUNS = {"unassigned": "answer", "flags": "flag", "notes": "note", "idle": "rater"}


def undone(ends: dict[str, int]) -> list[str]:
    """What would be left undone, a sentence each."""
    return [LOOSE[kind][n != 1].format(_several(n, NOUNS.get(kind, "item"))) for kind, n in ends.items()]


def changed(n: int) -> str:
    """Said of items that were imported anew after they were drawn."""
    return f"{items(n)} not what earlier raters saw: look whether all answers still mean the same item." if n else ""


LACKS = {
    "tied": "tied and must be decided first",
    "too_few_ratings": "short of two labels and will stay without gold; every report counts them",
}


def lacking(missing: dict[str, int]) -> list[str]:
    """What stands before freezing, in words."""
    return [f"{items(n)} {LACKS[reason]}." for reason, n in missing.items() if reason in LACKS]


def agree(same: int, pairs: int) -> str:
    """How far the raters of one item agree."""
    if pairs == 0:
        return "Fewer than two raters gave it a level."
    if pairs == 1:
        return "The two raters agree." if same else "The two raters differ."
    return f"{same} of {pairs} pairs of raters agree."


def handed_over(result: Reassigned, to: str) -> str:
    """What became of the items that were to go to somebody else."""
    parts = [
        f"{_several(result.moved)} went to {to}, who has a day for them." if result.moved else "No item went over."
    ]
    if result.answered:
        parts.append(f"{_several(result.answered)} stayed: {to} has had them.")
    if result.exposed:
        parts.append(f"{_several(result.exposed)} stayed: {to} has seen a label of them.")
    if result.over_quota:
        parts.append(f"{_several(result.over_quota)} stayed: they would be more than the quota of {to}.")
    return " ".join(parts)


def _several(n: int, noun: str = "item") -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def done_on(ahead: Outlook) -> str:
    """The day on which the set may be complete; empty where that cannot be told."""
    if not ahead.left:
        return "now"
    return f"{ahead.done_at:%A %-d %B}" if ahead.done_at is not None else ""


def foretold(ahead: Outlook) -> str:
    """What the day rests on, or why none can be told."""
    if not ahead.left:
        return "Every answer is in."
    if ahead.a_day is not None:
        return f"{_several(ahead.left, 'answer')} to go, at the pace of the last 7 days: {ahead.a_day:,.0f} a day."
    if ahead.work_h is not None:
        return f"{_several(ahead.left, 'answer')} to go. The pace of a day is known after a day."
    return f"{_several(ahead.left, 'answer')} to go; too few are in to tell a pace."


def work_left(ahead: Outlook) -> str:
    """The work that is left, in hours of one person; empty where that cannot be told."""
    if not ahead.left or ahead.work_h is None:
        return ""
    hours = ahead.work_h
    amount = f"{hours:,.0f} hours" if hours >= 1.5 else "about an hour" if hours >= 0.75 else "less than an hour"
    return f"That is {amount} of work in all."
