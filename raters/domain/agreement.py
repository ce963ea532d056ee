"""The ratings of a set as the statistics take them, and their agreement."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import QuerySet

from labelhub.accounts.models import User
from labelhub.lib.arrays import integers
from labelhub.lib.errors import BadInput

from ..models import RatingItem, RatingSet
from ..queries import ratings as queries
from ..stats.agreement import agreement_report
from ..stats.intervals import wilson
from ..stats.types import IntArray, Measurement, Ratings


@dataclass(frozen=True)
class SetRatings:
    """Counted ratings with a level, and what their indexes stand for.

    rating_items, items   primary keys, one an item of the split, in order of the first.
    raters, names, uids   of whoever answered, "can't tell" included; names are told apart where two people share one.
    unsure, unsure_of     how many times each rater said "can't tell", and how many did of each item.
    """

    ratings: Ratings
    rating_items: list[int]
    items: list[int]
    raters: list[int]
    names: list[str]
    uids: list[str]
    unsure: list[int]
    unsure_of: list[int]

    @property
    def cannot_tell(self) -> int:
        return sum(self.unsure)


def load(rating_set: RatingSet, split: str) -> SetRatings:
    """The split's counted ratings, by item and rater. Items nobody gave a level are there too: they are counted, not
    dropped. Raises `BadInput` for a split without items."""
    measured = queries.measured(rating_set, split)
    return load_items(rating_set, measured, f"{rating_set.name} has no items in split {split}")


def load_items(rating_set: RatingSet, measured: QuerySet[RatingItem], nothing: str) -> SetRatings:
    """The same of some measured items; `nothing` is the complaint where there are none."""
    items = _in_order(integers(measured.values_list("pk", "item")))
    if not len(items):
        raise BadInput(nothing)
    answers = _in_order(integers(queries.counted(measured).values_list("rating_item", "rater", "level")))
    raters = np.flatnonzero(np.bincount(answers[:, 1]))
    rater = _positions(raters.tolist())[answers[:, 1]] if len(raters) else answers[:, 1]
    people = {pk: (name, str(uid)) for pk, name, uid in _people(raters.tolist())}
    levels = list(rating_set.definition.attribute.levels.values_list("pk", flat=True))
    given = answers[:, 2] >= 0
    item = np.searchsorted(items[:, 0], answers[:, 0])
    names = _names({pk: name for pk, (name, _) in people.items()}, raters.tolist())
    ratings = Ratings(
        item=item[given],
        rater=rater[given],
        level=_positions(levels)[answers[given, 2]],
        n_items=len(items),
        n_raters=len(raters),
        q=len(levels),
        rater_names=tuple(names),
    )
    return SetRatings(
        ratings=ratings,
        rating_items=items[:, 0].tolist(),
        items=items[:, 1].tolist(),
        raters=raters.tolist(),
        names=names,
        uids=[people[pk][1] for pk in raters.tolist()],
        unsure=np.bincount(rater[~given], minlength=len(raters)).tolist(),
        unsure_of=np.bincount(item[~given], minlength=len(items)).tolist(),
    )


def listed_items(rating_set: RatingSet) -> list[int]:
    """Primary keys of the items that may be listed one by one."""
    listed: list[int] = integers(queries.visible(rating_set).values_list("pk"))[:, 0].tolist()
    return listed


def _in_order(rows: IntArray) -> IntArray:
    """By the first column, then the second: what is computed must not depend on where rows lie in the database."""
    return rows[np.lexsort((rows[:, 1], rows[:, 0]))]


def _people(raters: list[int]) -> Iterable[tuple[int, str, uuid.UUID]]:
    return User.objects.filter(pk__in=raters).values_list("pk", "display_name", "uid")


def _positions(keys: list[int]) -> IntArray:
    """Primary key -> place in the list, as an array to index by: of few rows the keys are small numbers."""
    table = np.full(max(keys) + 1, -1, dtype=np.int64)
    table[keys] = np.arange(len(keys))
    return table


def _names(people: dict[int, str], raters: list[int]) -> list[str]:
    """Display names, told apart where two people share one."""
    seen: dict[str, int] = {}
    names = []
    for rater in raters:
        name = people[rater] or f"rater {rater}"
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def measurement(rating_set: RatingSet) -> Measurement:
    """The level of measurement of the attribute's scale."""
    return "ordinal" if rating_set.definition.attribute.scale == "ordinal" else "nominal"


def agreement(rating_set: RatingSet, split: str, *, seed: int = 0) -> dict[str, Any]:
    """Every coefficient of the set at its scale's level; see `raters.stats.agreement.agreement_report`."""
    return figures_of(rating_set, load(rating_set, split), seed=seed)


def figures_of(rating_set: RatingSet, loaded: SetRatings, *, seed: int = 0) -> dict[str, Any]:
    """The same of ratings that are loaded."""
    report = agreement_report(loaded.ratings, level=measurement(rating_set), seed=seed)
    intervals = prevalence_intervals(loaded.ratings.counts())
    return {**report, "prevalence_intervals": intervals, "cannot_tell": loaded.cannot_tell}


def prevalence_intervals(counts: IntArray) -> list[tuple[float, float] | None]:
    """95 % interval of each level's share of the labels; None without labels. `counts` has shape (items, levels).

    Wilson's interval at the effective sample size: labels of one item are not independent, so the variance is that of
    a ratio over items (Cochran 1977, 2.29). A level that no label has counts every item as one.
    """
    labels = counts.sum(axis=1)
    rated = counts[labels > 0]
    n, total = len(rated), int(labels.sum())
    intervals: list[tuple[float, float] | None] = []
    for level in range(counts.shape[1]):
        share = rated[:, level].sum() / total if total else 0.0
        residual = rated[:, level] - share * labels[labels > 0]
        variance = n / (n - 1) * float(residual @ residual) / total**2 if n > 1 else 0.0
        size = min(share * (1 - share) / variance, total) if variance > 0 else n
        intervals.append(wilson(share * size, size) if n else None)
    return intervals
