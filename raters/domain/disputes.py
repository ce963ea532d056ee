"""How far the raters of a set disagree on each of its items: what another set may be drawn by."""

from __future__ import annotations

import numpy as np

from .. import sampling
from ..models import RatingSet
from ..queries import ratings as queries
from .designs import Sizes


def disagreement_in(rating_set: RatingSet) -> Sizes:
    """Share of the pairs of raters who differ, of items with two answers or more.

    Those of a sealed test are left out: which of them come would say what raters made of them.
    """
    levels = {pk: place for place, pk in enumerate(rating_set.definition.attribute.levels.values_list("pk", flat=True))}
    said = queries.with_level(queries.counted(queries.visible(rating_set).filter(exclude_reason="")))
    rows = list(said.values_list("rating_item__item", "level"))
    return Sizes(f"disagreement of the raters of {rating_set.name}", differing(rows, levels))


def differing(labels: list[tuple[int, int]], levels: dict[int, int]) -> dict[int, float]:
    """(item, level) of each label -> the share of pairs that differ, of items with two labels or more."""
    items = np.array([item for item, _ in labels], dtype=np.int64)
    codes = np.array([levels[level] for _, level in labels], dtype=np.int64)
    unique, row = np.unique(items, return_inverse=True)
    counts = np.bincount(row * len(levels) + codes, minlength=len(unique) * len(levels))
    share = sampling.disagreement(counts.reshape(len(unique), len(levels)).astype(np.int64))
    return {item: value for item, value in zip(unique.tolist(), share.tolist(), strict=True) if value == value}
