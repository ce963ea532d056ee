"""Agreement figures for pages: computed once for a state of the set, then kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from time import monotonic
from typing import Any

from django.core.cache import cache
from django.db.models import Sum

from labelhub.lib.errors import BadInput
from labelhub.lib.version import CODE_VERSION

from ..models import RatingSet
from ..queries.ratings import exclusion_events
from .agreement import agreement

KEPT_S = 7 * 24 * 3600
SLOW_S = 0.5  # figures that take less are computed whenever they are asked for
PATIENCE = 20  # times as long as the figures took are they shown again: at most a twentieth of a processor goes there


def figures(rating_set: RatingSet, split: str = "all") -> dict[str, Any]:
    """`agreement` of the split; empty where the split has no items."""
    key = state_key(rating_set, split)
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        kept = _computed(rating_set, split)
        cache.set(key, kept, KEPT_S)
    return kept


@dataclass(frozen=True)
class Recent:
    report: dict[str, Any]
    at: dt.datetime
    took_s: float
    key: str

    @property
    def patience(self) -> dt.timedelta:
        return PATIENCE * dt.timedelta(seconds=self.took_s)


def recent(rating_set: RatingSet, split: str, now: dt.datetime) -> Recent:
    """The figures of now, or where computing them takes long, those of a little while ago.

    A page that stands open asks for them twice a minute, and every answer makes new ones.
    """
    state = state_key(rating_set, split)
    place = f"agreement:recent:{rating_set.uid}:{split}"
    kept: Recent | None = cache.get(place)
    if kept and (kept.key == state or (kept.took_s > SLOW_S and now - kept.at < kept.patience)):
        return kept
    began = monotonic()
    found = Recent(figures(rating_set, split), now, monotonic() - began, state)
    cache.set(place, found, KEPT_S)
    return found


def known(rating_set: RatingSet, split: str = "all") -> dict[str, Any] | None:
    """The figures when they need no computing, else None."""
    kept: dict[str, Any] | None = cache.get(state_key(rating_set, split))
    return kept


def _computed(rating_set: RatingSet, split: str) -> dict[str, Any]:
    try:
        return agreement(rating_set, split)
    except BadInput:  # no items in the split
        return {}


def state_key(rating_set: RatingSet, split: str) -> str:
    """Changes with every stored answer, for each adds to its rater's `stored`, and with every item left out."""
    state = rating_set.content_hash
    if not state:
        stored = rating_set.set_raters.aggregate(n=Sum("stored"))["n"] or 0
        state = f"{rating_set.state}:{stored}:{exclusion_events(rating_set).count()}"
    return f"agreement:{CODE_VERSION}:{rating_set.uid}:{split}:{rating_set.test_is_sealed}:{state}"
