"""The agreement report of a golden set."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Count, Max, Sum

from attributes.domain.jobs import Progress
from labelhub.accounts.models import User
from labelhub.lib.version import CODE_VERSION
from raters.domain import agreement
from raters.domain.agreement import SetRatings
from raters.models import Rating, RatingItem, RatingSet
from raters.stats.bootstrap import REPLICATES
from raters.stats.cohen import MIN_SHARED, shared_items
from raters.stats.intervals import wilson
from raters.stats.leave_one_out import leave_one_out
from raters.stats.rater_pairs import rater_pairs
from raters.stats.types import Measurement

from ..models import ReportSnapshot
from . import disagreement, snapshots, version_agreement

KIND = ReportSnapshot.Kind.AGREEMENT
MEASURE = RatingItem.Role.MEASURE
MAX_INTERVALS = 300  # with more raters than this none gets an interval: each takes a hundredth of a second
MAX_PAIRED = 12  # raters in the matrix, those with most answers
MAX_APART, APART = 3, 0.75
MANY = 50_000  # answers from which on a page would keep its reader waiting
FIGURES = 2  # what the payload holds: 2 since parts, pairs and versions stand in it


def inputs_of(rating_set: RatingSet, split: str, *, seed: int = 0) -> dict[str, Any]:
    """Everything the figures depend on: the set, the sets of the definition's other versions, seed and code."""
    others = version_agreement.others(rating_set)
    return {
        "rating_set": str(rating_set.uid),
        "definition": rating_set.definition.hash,
        "version": rating_set.definition.version,
        "content": content_of(rating_set),
        "others": [[str(one.uid), one.definition.hash, content_of(one)] for one in others],
        "split": split,
        "unsealed": rating_set.unsealed_at is not None,
        "cohorts": list(rating_set.set_raters.exclude(cohort="").order_by("pk").values_list("user__email", "cohort")),
        "seed": seed,
        "replicates": REPLICATES,
        "figures": FIGURES,
        "code_version": CODE_VERSION,
    }


def content_of(rating_set: RatingSet) -> str | dict[str, int | None]:
    """A frozen set has its content hash. While rating goes on, what its raters have stored so far names its state as
    well, for every answer and correction adds to it; hidden checks and repeats do not."""
    if rating_set.content_hash:
        return rating_set.content_hash
    stored = rating_set.set_raters.aggregate(stored=Sum("stored"), answered=Sum("answered"))
    excluded = RatingItem.objects.filter(rating_set=rating_set, role=MEASURE).exclude(exclude_reason="").count()
    decided = disagreement.decisions(rating_set).aggregate(decided=Count("pk"), newest=Max("pk"))
    return {**stored, "excluded": excluded, **decided}


def latest(rating_set: RatingSet, split: str) -> ReportSnapshot | None:
    """The newest stored figures of the set, current or not; of today's kind."""
    found = ReportSnapshot.objects.filter(kind=KIND, subject=rating_set.uid, split=split, inputs__figures=FIGURES)
    return found.order_by("-pk").first()


def takes_long(rating_set: RatingSet) -> bool:
    """Whether the figures are better computed in the background."""
    answers = RatingItem.objects.filter(rating_set=rating_set).aggregate(n=Sum("counted"))["n"]
    return (answers or 0) > MANY


def compute(
    *, rating_set: RatingSet, split: str, seed: int = 0, on_progress: Progress = lambda done, total: None
) -> ReportSnapshot:
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
        payload=_payload(rating_set, split, seed, on_progress),
    )


def _payload(rating_set: RatingSet, split: str, seed: int, on_progress: Progress) -> dict[str, Any]:
    steps = 5
    on_progress(0, steps)
    loaded = agreement.load(rating_set, split)
    on_progress(1, steps)
    figures = agreement.figures_of(rating_set, loaded, seed=seed)
    on_progress(2, steps)
    raters, pairs = _raters(rating_set, loaded, seed), _pairs(rating_set, loaded)
    on_progress(3, steps)
    parts = disagreement.parts(rating_set, split, loaded, seed)
    on_progress(4, steps)
    spec = rating_set.definition.parsed()
    disputed = np.nan_to_num(disagreement.item_disagreement(loaded.ratings, agreement.measurement(rating_set))) > 0
    level_pairs, level_items = disagreement.level_pairs(loaded.ratings)
    return {
        "figures": figures,
        "cannot_tell": _share(loaded.cannot_tell, len(loaded.ratings) + loaded.cannot_tell),
        "measurement": agreement.measurement(rating_set),
        "levels": [{"key": level.key, "label": level.label} for level in spec.levels],
        "positive": spec.positive if spec.scale == "binary" else None,
        "n_items_in_split": len(loaded.items),
        "n_disputed": int(disputed.sum()),
        "n_single": int((loaded.ratings.counts().sum(axis=1) == 1).sum()),
        "raters": raters,
        "apart": _apart(raters, loaded, agreement.measurement(rating_set), seed),
        "pairs": pairs,
        "parts": parts,
        "level_pairs": {"pairs": level_pairs.tolist(), "items": level_items.tolist()},
        "reasons": disagreement.reasons(rating_set, split),
        "versions": version_agreement.versions(rating_set, split, loaded, figures, seed),
    }


def payload_of(snapshot: ReportSnapshot) -> dict[str, Any]:
    """The stored figures; those of an earlier version of the report lack what it did not have."""
    figures = snapshot.payload["figures"]
    return {
        "cannot_tell": _share(figures["cannot_tell"], figures["n_labels"] + figures["cannot_tell"]),
        "pairs": {"raters": [], "cells": [], "fewest": MIN_SHARED, "n_left_out": 0},
        "apart": [],
        "parts": [],
        "level_pairs": None,
        "reasons": {},
        "versions": [],
        **snapshot.payload,
    }


def _share(k: int, n: int) -> dict[str, Any]:
    low, high = wilson(k, n) if n else (None, None)
    return {"k": k, "n": n, "value": k / n if n else None, "low": low, "high": high}


def _raters(rating_set: RatingSet, loaded: SetRatings, seed: int) -> list[dict[str, Any]]:
    """Each rater: answers, how they use the scale, and the figures against the consensus of the others."""
    spec = rating_set.definition.parsed()
    ratings = loaded.ratings
    replicates = REPLICATES if len(loaded.raters) <= MAX_INTERVALS else 0
    scored = leave_one_out(ratings, {}, scale=spec.scale, positive=spec.positive, seed=seed, replicates=replicates)
    rows = {row.name: row.as_dict() for row in scored.raters}
    use = np.bincount(ratings.rater * ratings.q + ratings.level, minlength=ratings.n_raters * ratings.q)
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "uid": loaded.uids[k],
            "n_labels": int(row.sum()),
            "cannot_tell": loaded.unsure[k],
            "use": row.tolist(),
            "n_items": rows.get(name, {}).get("n_items", 0),
            **{key: rows.get(name, {}).get(key) for key in ("accuracy", "precision", "recall", "f1")},
        }
        for k, (name, row) in enumerate(zip(loaded.names, use.reshape(-1, ratings.q), strict=True))
    ]
    return sorted(found, key=lambda row: -row["n_labels"])


def _apart(rows: list[dict[str, Any]], loaded: SetRatings, level: Measurement, seed: int) -> list[dict[str, Any]]:
    """Raters who agree with the others clearly less than most do, the farthest first, and alpha without each.

    Clearly: the upper end of their interval lies below the lower ends of three quarters of the others.
    """
    known = [row for row in rows if row["accuracy"] and row["accuracy"]["low"] is not None]
    lows = np.array([row["accuracy"]["low"] for row in known])
    below = [
        row
        for k, row in enumerate(known)
        if len(known) > 2 and (np.delete(lows, k) > row["accuracy"]["high"]).mean() >= APART
    ]
    below.sort(key=lambda row: row["accuracy"]["value"])
    return [
        {
            "name": row["name"],
            "uid": row["uid"],
            "accuracy": row["accuracy"],
            "alpha_without": version_agreement.figures_of(
                disagreement.only(loaded.ratings, loaded.ratings.rater != loaded.uids.index(row["uid"])), level, seed
            )["krippendorff_alpha"],
        }
        for row in below[:MAX_APART]
    ]


def _pairs(rating_set: RatingSet, loaded: SetRatings) -> dict[str, Any]:
    """Rater by rater, of those with most answers; `n_left_out` pairs with items in common are not among them."""
    ratings = loaded.ratings
    n = np.bincount(ratings.rater, minlength=ratings.n_raters)
    chosen = np.argsort(-n, kind="stable")[:MAX_PAIRED].tolist()
    cells = rater_pairs(ratings, chosen, level=agreement.measurement(rating_set))
    return {
        "raters": [{"name": loaded.names[k], "uid": loaded.uids[k], "n": int(n[k])} for k in chosen],
        "cells": [
            {
                "a": chosen.index(cell.a),
                "b": chosen.index(cell.b),
                "agreement": cell.agreement.as_dict(),
                "kappa": cell.kappa.as_dict(),
            }
            for cell in cells
        ],
        "fewest": MIN_SHARED,
        "n_left_out": len(shared_items(ratings)[0]) - sum(1 for cell in cells if cell.agreement.n),
    }


def has_simulated(payload: dict[str, Any]) -> bool:
    """Whether any of the raters of stored figures is simulated."""
    uids = [row["uid"] for row in payload["raters"] if "uid" in row]
    return User.objects.filter(uid__in=uids, is_simulated=True).exists()


def is_simulated(rating_set: RatingSet) -> bool:
    """Whether any of the set's answers come from simulated raters."""
    return Rating.objects.filter(rating_item__rating_set=rating_set, rater__is_simulated=True).exists()
