"""The agreement under each version of a definition, and whether two of them can be compared."""

from __future__ import annotations

from typing import Any

import numpy as np

from labelhub.lib.errors import BadInput
from raters.domain import agreement
from raters.domain.agreement import SetRatings
from raters.models import RatingSet
from raters.stats.alpha import alpha_coefficient
from raters.stats.bootstrap import REPLICATES, estimates
from raters.stats.gwet import gwet_ac1_coefficient, gwet_ac2_coefficient, percent_agreement_coefficient
from raters.stats.resampling import MIN_ITEMS
from raters.stats.types import Measurement, Ratings

from ..queries import sets
from .disagreement import only

MAX_VERSIONS = 12
KEPT = ("krippendorff_alpha", "percent_agreement", "gwet_ac1", "gwet_ac2")


def others(rating_set: RatingSet) -> list[RatingSet]:
    """The most telling rated set of each other version, oldest first; of many versions the newest."""
    found = sets.one_per_version(rating_set.definition.attribute)
    # Asked of the annotation and not of the database, which would look through every rating of a large set.
    rated = [one for one in found if one.is_rated]  # type: ignore[attr-defined]  # annotated by best_first
    return [one for one in rated if one.definition.version != rating_set.definition.version][-MAX_VERSIONS:]


def versions(
    rating_set: RatingSet, split: str, loaded: SetRatings, figures: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    """A row a version, oldest first, with the figures of its own items.

    `common` holds both versions' alpha on the items that both have, or says why there is nothing to compare: on
    different items a difference may lie in the items as well as in the definition.
    """
    level = agreement.measurement(rating_set)
    rows = [_row(rating_set, loaded, {key: figures[key] for key in KEPT if key in figures}, here=True, common=None)]
    for other in others(rating_set):
        try:
            theirs = agreement.load(other, split)
        except BadInput:  # no items in the split
            continue
        common = _common(loaded, theirs, level, seed)
        rows.append(_row(other, theirs, figures_of(theirs.ratings, level, seed), here=False, common=common))
    return sorted(rows, key=lambda row: row["version"])


def _row(
    rating_set: RatingSet, loaded: SetRatings, figures: dict[str, Any], *, here: bool, common: dict[str, Any] | None
) -> dict[str, Any]:
    definition = rating_set.definition
    return {
        "version": definition.version,
        "definition": definition.hash,
        "note": definition.note,
        "rating_set": str(rating_set.uid),
        "name": rating_set.name,
        "here": here,
        "n_labels": len(loaded.ratings),
        "n_raters": len(loaded.raters),
        "cannot_tell": loaded.cannot_tell,
        "figures": figures,
        "common": common,
    }


def figures_of(ratings: Ratings, level: Measurement, seed: int) -> dict[str, Any]:
    weighted = [gwet_ac2_coefficient(ratings)] if level != "nominal" else []
    coefficients = [percent_agreement_coefficient(ratings), alpha_coefficient(ratings, level),
                    gwet_ac1_coefficient(ratings), *weighted]  # fmt: skip
    found = estimates(coefficients, ratings, seed=seed, replicates=REPLICATES)
    return {name: estimate.as_dict() for name, estimate in found.items()}


def _common(here: SetRatings, there: SetRatings, level: Measurement, seed: int) -> dict[str, Any]:
    """Alpha of both on the items of both: a change of the definition, with the items held fixed."""
    both = np.intersect1d(here.items, there.items)
    if len(both) < MIN_ITEMS:
        none = "no item in common" if not len(both) else f"only {len(both)} items in common"
        return {"n": len(both), "reason": f"not comparable: {none}"}
    found = [
        figures_of(only(one.ratings, np.isin(one.items, both)[one.ratings.item]), level, seed) for one in (here, there)
    ]
    return {"n": len(both), "reason": None, "here": found[0]["krippendorff_alpha"],
            "there": found[1]["krippendorff_alpha"]}  # fmt: skip
