"""Agreement figures for pages: computed once for a state of the set, then kept."""

from __future__ import annotations

from typing import Any

from django.core.cache import cache
from django.db.models import Sum

from labelhub.lib.errors import BadInput
from labelhub.lib.version import CODE_VERSION

from ..models import RatingSet
from .agreement import agreement

KEPT_S = 7 * 24 * 3600


def figures(rating_set: RatingSet, split: str = "all") -> dict[str, Any]:
    """`agreement` of the split; empty where the split has no items."""
    key = _key(rating_set, split)
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = _computed(rating_set, split)
        cache.set(key, kept, KEPT_S)
    return kept


def known(rating_set: RatingSet, split: str = "all") -> dict[str, Any] | None:
    """The figures when they need no computing, else None."""
    kept: dict[str, Any] | None = cache.get(_key(rating_set, split))
    return kept


def _computed(rating_set: RatingSet, split: str) -> dict[str, Any]:
    try:
        return agreement(rating_set, split)
    except BadInput:  # no items in the split
        return {}


def _key(rating_set: RatingSet, split: str) -> str:
    """Changes with every stored answer: each adds to its rater's `stored`."""
    stored = rating_set.set_raters.aggregate(n=Sum("stored"))["n"] or 0
    state = rating_set.content_hash or f"{rating_set.state}:{stored}"
    return f"agreement:{CODE_VERSION}:{rating_set.uid}:{split}:{rating_set.test_is_sealed}:{state}"
