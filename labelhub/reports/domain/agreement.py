"""The agreement report of a golden set."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Count, Max, Q

from labelhub.lib.version import CODE_VERSION
from raters.domain import agreement
from raters.models import Rating, RatingItem, RatingSet
from raters.queries import ratings as queries
from raters.stats.bootstrap import REPLICATES
from raters.stats.leave_one_out import leave_one_out
from raters.stats.types import FloatArray, Ratings

from ..models import ReportSnapshot
from . import snapshots

KIND = ReportSnapshot.Kind.AGREEMENT
MEASURE = RatingItem.Role.MEASURE
MAX_INTERVALS = 50  # raters beyond this many get figures without intervals


def inputs_of(rating_set: RatingSet, split: str, *, seed: int = 0) -> dict[str, Any]:
    """Everything the figures depend on.

    A frozen set has its content hash. While rating goes on, the count and the last number of its append-only answers
    name their state just as well, and cost one query; hidden checks and repeats are no part of it.
    """
    return {
        "rating_set": str(rating_set.uid),
        "definition": rating_set.definition.hash,
        "version": rating_set.definition.version,
        "content": rating_set.content_hash or _state_of_ratings(rating_set),
        "split": split,
        "unsealed": rating_set.unsealed_at is not None,
        "seed": seed,
        "replicates": REPLICATES,
        "code_version": CODE_VERSION,
    }


def _state_of_ratings(rating_set: RatingSet) -> dict[str, int | None]:
    answers = Rating.objects.filter(rating_item__rating_set=rating_set, rating_item__role=MEASURE, occasion=1)
    excluded = RatingItem.objects.filter(rating_set=rating_set, role=MEASURE).exclude(exclude_reason="").count()
    in_force = Q(counted=True, superseded_at=None)
    found = answers.aggregate(answers=Count("pk"), counted=Count("pk", filter=in_force), last=Max("pk"))
    return {**found, "excluded": excluded}


def latest(rating_set: RatingSet, split: str) -> ReportSnapshot | None:
    """The newest stored figures of the set, current or not."""
    found = ReportSnapshot.objects.filter(kind=KIND, subject=rating_set.uid, split=split)
    return found.order_by("-pk").first()


def compute(*, rating_set: RatingSet, split: str, seed: int = 0) -> ReportSnapshot:
    """The stored figures for the ratings as they are, computed where they are new.

    Raises `BadInput` for a split without items.
    """
    inputs = inputs_of(rating_set, split, seed=seed)
    known = snapshots.find(KIND, inputs)
    if known:
        return known
    return snapshots.store(
        corpus=rating_set.definition.attribute.corpus,
        kind=KIND,
        subject=rating_set.uid,
        split=split,
        inputs=inputs,
        payload=_figures(rating_set, split, seed),
    )


def _figures(rating_set: RatingSet, split: str, seed: int) -> dict[str, Any]:
    loaded = agreement.load(rating_set, split)
    spec = rating_set.definition.parsed()
    per_item = item_agreement(loaded.ratings)
    return {
        "figures": agreement.agreement(rating_set, split, seed=seed),
        "measurement": agreement.measurement(rating_set),
        "levels": [{"key": level.key, "label": level.label} for level in spec.levels],
        "positive": spec.positive,
        "n_items_in_split": len(loaded.items),
        "n_disputed": int((per_item < 1).sum()),
        "n_single": int((loaded.ratings.counts().sum(axis=1) == 1).sum()),
        "raters": _raters(rating_set, split, loaded, seed),
    }


def item_agreement(ratings: Ratings) -> FloatArray:
    """Share of each item's pairs of ratings that agree, (n_items,); NaN with fewer than two ratings."""
    counts = ratings.counts()
    n = counts.sum(axis=1)
    pairs = (n * (n - 1)).astype(np.float64)
    out = np.full(len(n), np.nan)
    np.divide((counts * (counts - 1)).sum(axis=1), pairs, out=out, where=pairs > 0)
    return out


def _raters(rating_set: RatingSet, split: str, loaded: agreement.SetRatings, seed: int) -> list[dict[str, Any]]:
    """Each rater: answers, how they use the scale, and the figures against the consensus of the others."""
    spec = rating_set.definition.parsed()
    ratings = loaded.ratings
    replicates = REPLICATES if len(loaded.raters) <= MAX_INTERVALS else 0
    scored = leave_one_out(ratings, {}, scale=spec.scale, positive=spec.positive, seed=seed, replicates=replicates)
    rows = {row.name: row.as_dict() for row in scored.raters}
    answers = queries.counted(queries.measured(rating_set, split))
    unsure = dict(
        answers.filter(answer=Rating.Answer.CANNOT_TELL).values_list("rater").annotate(n=Count("pk")).order_by()
    )
    use = np.zeros((len(loaded.raters), ratings.q), dtype=np.int64)
    np.add.at(use, (ratings.rater, ratings.level), 1)
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "n_labels": int(use[k].sum()),
            "cannot_tell": unsure.get(pk, 0),
            "use": use[k].tolist(),
            "n_items": rows.get(name, {}).get("n_items", 0),
            "accuracy": rows.get(name, {}).get("accuracy"),
            "f1": rows.get(name, {}).get("f1"),
        }
        for k, (pk, name) in enumerate(zip(loaded.raters, loaded.names, strict=True))
    ]
    return sorted(found, key=lambda row: -row["n_labels"])


def is_simulated(rating_set: RatingSet) -> bool:
    """Whether any of the set's answers come from simulated raters."""
    return Rating.objects.filter(rating_item__rating_set=rating_set, rater__is_simulated=True).exists()
