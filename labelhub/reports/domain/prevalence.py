"""How frequent an attribute is: what people say of a random sample, beside what the student says of every item."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.db.models import Count, Max

from attributes.models import Attribute
from labelhub.lib.errors import BadInput
from labelhub.lib.version import CODE_VERSION
from llm_jobs.models import Publication
from raters.models import GoldLabel, RatingSet
from raters.queries import ratings as queries
from raters.stats.bootstrap import REPLICATES
from raters.stats.prevalence import share

from ..models import ReportSnapshot
from ..queries import scores
from ..queries import sets as set_queries
from . import snapshots

KIND = ReportSnapshot.Kind.PREVALENCE
TOP = 10


def golden_set(attribute: Attribute) -> RatingSet | None:
    """The set whose gold estimates the prevalence."""
    return set_queries.of_attribute(attribute).first()


def publication_of(attribute: Attribute) -> Publication | None:
    """The publication that serves the attribute's newest served version."""
    found = Publication.objects.filter(definition__attribute=attribute, retired_at=None)
    found = found.select_related("student_head__student", "score_set", "definition__attribute")
    return found.order_by("-definition__version").first()


def inputs_of(
    attribute: Attribute, publication: Publication | None, rating_set: RatingSet | None, *, seed: int = 0
) -> dict[str, Any]:
    """Everything the figures depend on: scores of a score set never change, gold may until the set is frozen."""
    gold: Any = None
    if rating_set is not None:
        gold = rating_set.content_hash or _state_of_gold(rating_set)
    source = rating_set or publication
    return {
        "attribute": attribute.slug,
        "definition": source.definition.hash if source else None,
        "version": source.definition.version if source else None,
        "rating_set": str(rating_set.uid) if rating_set else None,
        "gold": gold,
        "publication": str(publication.uid) if publication else None,
        "student": publication.student_head.student.sha256 if publication else None,
        "seed": seed,
        "replicates": REPLICATES,
        "code_version": CODE_VERSION,
    }


def _state_of_gold(rating_set: RatingSet) -> dict[str, int | None]:
    current = GoldLabel.objects.filter(rating_item__rating_set=rating_set, superseded_at=None)
    return current.aggregate(labels=Count("pk"), last=Max("pk"))


def latest(attribute: Attribute) -> ReportSnapshot | None:
    found = ReportSnapshot.objects.filter(kind=KIND, corpus=attribute.corpus_id, inputs__attribute=attribute.slug)
    return found.order_by("-pk").first()


def compute(*, attribute: Attribute, seed: int = 0) -> ReportSnapshot:
    """The stored figures, computed where they are new. `BadInput` when there is neither gold nor a published score."""
    publication, rating_set = publication_of(attribute), golden_set(attribute)
    source = publication.score_set if publication else rating_set
    if source is None:
        raise BadInput(f"{attribute.slug} has neither a golden set nor published scores")
    inputs = inputs_of(attribute, publication, rating_set, seed=seed)
    known = snapshots.find(KIND, inputs)
    if known:
        return known
    return snapshots.store(
        corpus=attribute.corpus,
        kind=KIND,
        subject=source.uid,
        inputs=inputs,
        payload={
            "levels": [{"key": level.key, "label": level.label} for level in attribute.levels.all()],
            "scale": attribute.scale,
            "positive": positive(attribute),
            "golden": _golden(rating_set, seed) if rating_set else None,
            "corpus": _corpus(publication) if publication else None,
        },
    )


def positive(attribute: Attribute) -> int:
    """Index of the level that carries the attribute: the one marked positive, else the last."""
    levels = list(attribute.levels.all())
    return next((k for k, level in enumerate(levels) if level.is_positive), len(levels) - 1)


def _golden(rating_set: RatingSet, seed: int) -> dict[str, Any]:
    """Each level's share by gold, dev and test together: no machine is looked at, so the seal holds."""
    items = queries.measured(rating_set, "all")
    labels = dict(queries.gold(items).values_list("rating_item", "level__position"))
    rows = list(items.order_by("pk").values_list("pk", "inclusion_probability"))
    decided = [(labels[pk], pi) for pk, pi in rows if labels.get(pk) is not None]
    codes = np.array([position for position, _ in decided], dtype=np.int64)
    known = all(pi is not None for _, pi in decided)
    probability = np.array([pi for _, pi in decided], dtype=np.float64) if known else None
    undecided = sum(1 for pk, _ in rows if pk in labels and labels[pk] is None)
    q = rating_set.definition.attribute.levels.count()
    return {
        "rating_set": str(rating_set.uid),
        "name": rating_set.name,
        "version": rating_set.definition.version,
        "weighted": known,
        "n_items": len(rows),
        "n_undecided": undecided,
        "n_without_gold": len(rows) - len(decided) - undecided,
        "levels": [share(codes == k, probability, seed=seed).as_dict() for k in range(q)],
    }


def _corpus(publication: Publication) -> dict[str, Any]:
    """Each level's share by the student's likeliest level, over every scored item."""
    head = publication.student_head
    found = scores.of(publication)
    counts = scores.by_level(found, head)
    slot = head.p_offset + positive(publication.definition.attribute)
    return {
        "publication": str(publication.uid),
        "student": str(head.student),
        "student_uid": str(head.student.uid),
        "version": publication.definition.version,
        "n": sum(counts.values()),
        "levels": [counts.get(k, 0) for k in range(head.p_width)],
        "histogram": scores.histogram(found, slot),
        "months": [list(row) for row in scores.by_month(found, head)],
    }


def extremes(publication: Publication) -> tuple[list[Any], list[Any]]:
    """(item, probability) of the items the student is surest of, at both ends; golden items are left out.

    Nobody who may still rate or adjudicate an item should learn from a report what a machine says of it.
    """
    head = publication.student_head
    slot = f"p__{head.p_offset + positive(publication.definition.attribute)}"
    found = scores.without_golden(scores.of(publication), publication.definition.attribute)
    found = found.select_related("item__media")
    position = int(slot.removeprefix("p__"))
    top, bottom = (list(found.order_by(order, "item_id")[:TOP]) for order in (f"-{slot}", slot))
    return [(one.item, one.p[position]) for one in top], [(one.item, one.p[position]) for one in bottom]
