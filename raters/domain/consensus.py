"""What raters say together: the majority, and beside it what a model of their errors makes of the same answers.

The majority with visible ties is the rule. Dawid-Skene is an option of a set, and refused where its answers are too
few: with three raters and a rare level it loses most of the rare items (see `raters.stats.dawid_skene`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.core.cache import cache

from labelhub.lib.errors import BadInput

from ..models import RatingItem, RatingSet
from ..stats.consensus import majority
from ..stats.dawid_skene import DawidSkene, dawid_skene, too_few
from ..stats.intervals import wilson
from ..stats.types import BoolArray, FloatArray, IntArray
from . import agreement, figures
from .agreement import SetRatings

MAJORITY, DAWID_SKENE = "majority", "dawid_skene"
METHODS = {MAJORITY: "the majority", DAWID_SKENE: "Dawid-Skene"}


@dataclass(frozen=True, eq=False)
class Fit:
    """The model of a set's raters, fitted on every measured item, whatever its split.

    majority  shape (n_items,): the commonest level, -1 where tied or unrated.
    refusal   why its labels must not become gold; None where they may.
    """

    loaded: SetRatings
    majority: IntArray
    found: DawidSkene
    refusal: str | None

    @property
    def rated(self) -> BoolArray:
        return np.asarray(self.loaded.ratings.counts().sum(axis=1) > 0)

    @property
    def differs(self) -> BoolArray:
        """Where the two give different levels, or one of them none."""
        return np.asarray((self.majority != self.found.level) & self.rated)

    def of(self, some: SetRatings) -> DawidSkene:
        """The model for some of the items, in their order, and for their raters."""
        where = np.searchsorted(self.loaded.rating_items, some.rating_items)
        who = np.searchsorted(self.loaded.raters, some.raters)
        found = self.found
        return replace(
            found,
            level=found.level[where],
            is_tie=found.is_tie[where],
            probability=found.probability[where],
            confusion=found.confusion[who],
        )


def method_of(rating_set: RatingSet) -> str:
    """By which rule the set's gold is derived."""
    return str(rating_set.design.get("consensus", MAJORITY))


def fit(rating_set: RatingSet) -> Fit:
    """Raises `BadInput` for a set without items or ratings."""
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    loaded = agreement.load_items(rating_set, items, f"{rating_set.name} has no items")
    if not len(loaded.ratings):
        raise BadInput(f"nobody has rated {rating_set.name} yet")
    found = dawid_skene(loaded.ratings)
    counts = loaded.ratings.counts()
    rated = counts.sum(axis=1) > 0
    reasons = too_few(counts[rated], loaded.ratings, found.probability[rated])
    if not found.converged:
        reasons.append(f"it has not converged in {found.iterations:,} steps")
    return Fit(loaded, majority(counts).level, found, "; ".join(reasons) or None)


def summary(rating_set: RatingSet) -> dict[str, Any]:
    """The two side by side, in counts and figures without an item; kept for a state of the set. Empty without ratings.

    Keys: `n_items`, `n_raters`, `n_labels`, `refusal`, `warnings`, `levels` (a row a level with its share by either),
    `table` (majority in rows, the model in columns, ties last), `n_differ`, `n_differ_listed` (outside a sealed test),
    `ties`, `raters` (each with its estimated confusion).
    """
    key = f"consensus:{figures.state_key(rating_set, 'all')}"
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        try:
            kept = _summed_up(rating_set, fit(rating_set))
        except BadInput:
            kept = {}
        cache.set(key, kept, figures.KEPT_S)
    return kept


def _summed_up(rating_set: RatingSet, one: Fit) -> dict[str, Any]:
    q, rated = one.loaded.ratings.q, one.rated
    labels = list(rating_set.definition.attribute.levels.values_list("label", flat=True))
    by_majority, by_model = (np.where(level < 0, q, level)[rated] for level in (one.majority, one.found.level))
    table = np.bincount(by_majority * (q + 1) + by_model, minlength=(q + 1) ** 2).reshape(q + 1, q + 1)
    plain = majority(one.loaded.ratings.counts()[rated]).top
    shares = (plain / plain.sum(axis=1, keepdims=True)).mean(axis=0)
    modelled = one.found.probability[rated].mean(axis=0)
    listed = set(agreement.listed_items(rating_set))
    return {
        "n_items": int(rated.sum()),
        "n_raters": len(one.loaded.raters),
        "n_labels": len(one.loaded.ratings),
        "refusal": one.refusal,
        "warnings": [_named(warning, labels) for warning in one.found.warnings],
        "levels": [
            {"label": label, "majority": float(shares[k]), "low": low, "high": high, "model": float(modelled[k])}
            for k, label in enumerate(labels)
            for low, high in [wilson(float(shares[k]) * rated.sum(), int(rated.sum()))]
        ],
        "table": table.tolist(),
        "n_differ": int(one.differs.sum()),
        "n_differ_listed": sum(
            1 for pk, apart in zip(one.loaded.rating_items, one.differs, strict=True) if apart and pk in listed
        ),
        "ties": {"majority": int(table[q].sum()), "model": int(table[:, q].sum())},
        "raters": _raters(one, labels),
    }


def _named(warning: str, labels: list[str]) -> str:
    """A warning of the kernel, which knows levels by number only."""
    for k, label in enumerate(labels):
        warning = warning.replace(f"level {k}:", f"“{label}”:")
    return warning


def _raters(one: Fit, labels: list[str]) -> list[dict[str, Any]]:
    """Each rater's estimated chance of each answer, given the true level; `n` is how many such items they met.

    The interval takes the model's labels as true, so it is too narrow where the model is unsure.
    """
    expected = _met(one)
    return [
        {
            "name": name,
            "n": round(float(expected[r].sum())),
            "rows": [
                {"true": labels[k], "n": float(expected[r, k]), "cells": [_cell(p, expected[r, k]) for p in row]}
                for k, row in enumerate(one.found.confusion[r])
            ],
        }
        for r, name in enumerate(one.loaded.names)
    ]


def _met(one: Fit) -> FloatArray:
    """Expected number of items of each true level among a rater's, (n_raters, q)."""
    ratings = one.loaded.ratings
    met = np.zeros((ratings.n_raters, ratings.q))
    np.add.at(met, ratings.rater, one.found.probability[ratings.item])
    return met


def _cell(share: float, n: float) -> dict[str, float | None]:
    if not np.isfinite(share) or n < 1:
        return {"value": None, "low": None, "high": None}
    low, high = wilson(float(share) * float(n), float(n))
    return {"value": float(share), "low": low, "high": high}
