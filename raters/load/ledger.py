"""The raters' log against what the database holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import NamedTuple


class Stored(NamedTuple):
    """An answer in the database."""

    submission_key: str
    assignment: str
    rating_item: int
    rater: int
    occasion: int
    counted: bool


class Slots(NamedTuple):
    """An item's overlap, what its row says of it, and what the answers and claims themselves add up to."""

    rating_item: int
    overlap: int
    counted: int
    claimed: int
    answers: int
    leases: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What went wrong, each as a count; `ok` when nothing did. The last two are no fault."""

    confirmed: int
    stored: int
    lost: int
    misplaced: int
    duplicated: int
    over_assigned: int
    miscounted: int
    unknown: int
    not_counted: int
    stored_unconfirmed: int

    @property
    def ok(self) -> bool:
        return not (self.lost or self.misplaced or self.duplicated or self.over_assigned or self.miscounted)

    def figures(self) -> dict[str, int | bool]:
        return {**asdict(self), "ok": self.ok}


def settle(
    confirmed: dict[str, str], unconfirmed: Collection[str], stored: Iterable[Stored], slots: Iterable[Slots]
) -> Balance:
    """Compare. No rater corrects an answer here, so that one (item, rater, occasion) has one answer at most.

    lost: confirmed to the rater, not in the database. misplaced: stored for another assignment. duplicated: answers
    beyond the first of a key, or of an (item, rater, occasion). over_assigned: items with more answers, or answers and
    claims, than their overlap. miscounted: items whose row says otherwise than their answers and claims. unknown:
    stored, never sent. not_counted: stored as late. stored_unconfirmed: stored, the reply never came.
    """
    rows, items = list(stored), list(slots)
    by_key = {row.submission_key: row for row in rows}
    places = Counter((row.rating_item, row.rater, row.occasion) for row in rows)
    found = [(by_key[key], assignment) for key, assignment in confirmed.items() if key in by_key]
    return Balance(
        confirmed=len(confirmed),
        stored=len(rows),
        lost=len(confirmed) - len(found),
        misplaced=sum(row.assignment != assignment for row, assignment in found),
        duplicated=max(len(rows) - len(by_key), sum(n - 1 for n in places.values())),
        over_assigned=sum(max(s.counted + s.claimed, s.answers + s.leases) > s.overlap for s in items),
        miscounted=sum((s.counted, s.claimed) != (s.answers, s.leases) for s in items),
        unknown=sum(key not in confirmed and key not in unconfirmed for key in by_key),
        not_counted=sum(not row.counted for row in rows),
        stored_unconfirmed=sum(key in by_key for key in unconfirmed),
    )
