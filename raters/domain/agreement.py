"""The ratings of a set as the statistics take them, and their agreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelhub.lib.errors import BadInput

from ..models import RatingSet
from ..queries import ratings as queries
from ..stats.agreement import agreement_report
from ..stats.intervals import wilson
from ..stats.types import IntArray, Measurement, Ratings


@dataclass(frozen=True)
class SetRatings:
    """Counted ratings with a level, and what their indexes stand for."""

    ratings: Ratings
    rating_items: list[int]
    items: list[int]
    raters: list[int]
    names: list[str]
    cannot_tell: int


def load(rating_set: RatingSet, split: str) -> SetRatings:
    """The split's counted ratings. Items nobody gave a level are there too: they are counted, not dropped."""
    items = list(queries.measured(rating_set, split).order_by("pk").values_list("pk", "item"))
    if not items:
        raise BadInput(f"{rating_set.name} has no items in split {split}")
    answers = queries.counted(queries.measured(rating_set, split))
    rows = list(queries.with_level(answers).order_by("pk").values_list("rating_item", "rater", "level"))
    people = dict(answers.values_list("rater", "rater__display_name").distinct())
    raters = sorted(people)
    levels = rating_set.definition.attribute.levels.values_list("pk", flat=True)
    index = [{key: i for i, key in enumerate(keys)} for keys in ((pk for pk, _ in items), raters, levels)]
    codes = np.array(
        [[index[0][item], index[1][rater], index[2][level]] for item, rater, level in rows], dtype=np.int64
    ).reshape(-1, 3)
    names = _names(people, raters)
    ratings = Ratings(
        item=codes[:, 0],
        rater=codes[:, 1],
        level=codes[:, 2],
        n_items=len(items),
        n_raters=len(raters),
        q=len(levels),
        rater_names=tuple(names),
    )
    return SetRatings(
        ratings, [pk for pk, _ in items], [item for _, item in items], raters, names, answers.count() - len(rows)
    )


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
    loaded = load(rating_set, split)
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
