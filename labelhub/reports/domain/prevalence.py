"""How frequent an attribute is: what people say of a random sample, beside what the student says of every item."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max

from attributes.models import Attribute
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from labelhub.lib.version import CODE_VERSION
from llm_jobs.domain import machines
from llm_jobs.domain import prevalence as estimates
from llm_jobs.domain.machines import Machine
from llm_jobs.domain.prevalence import ALL, DEV, positive
from llm_jobs.models import Publication
from llm_jobs.queries import annotations as annotation_queries
from raters.models import GoldLabel, RatingSet
from raters.stats.bootstrap import REPLICATES

from ..models import ReportSnapshot
from ..queries import scores
from ..queries import sets as set_queries
from . import scored, snapshots
from .scored import Row

SPLITS = (DEV, ALL)
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
    attribute: Attribute,
    publication: Publication | None,
    rating_set: RatingSet | None,
    *,
    split: str = DEV,
    seed: int = 0,
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
        "split": split,
        "unsealed": rating_set is not None and rating_set.unsealed_at is not None,
        "labels": _state_of_labels(rating_set) if rating_set else None,
        "publication": str(publication.uid) if publication else None,
        "student": publication.student_head.student.sha256 if publication else None,
        "seed": seed,
        "replicates": REPLICATES,
        "code_version": CODE_VERSION,
    }


def _state_of_gold(rating_set: RatingSet) -> dict[str, int | None]:
    current = GoldLabel.objects.filter(rating_item__rating_set=rating_set, superseded_at=None)
    return current.aggregate(labels=Count("pk"), last=Max("pk"))


def _state_of_labels(rating_set: RatingSet) -> dict[str, int | None]:
    """Annotations are only ever added, and leave only with the run that is cancelled."""
    return annotation_queries.for_definition(rating_set.definition).aggregate(labels=Count("pk"), last=Max("pk"))


def latest(attribute: Attribute, split: str = DEV) -> ReportSnapshot | None:
    found = ReportSnapshot.objects.filter(kind=KIND, corpus=attribute.corpus_id, inputs__attribute=attribute.slug)
    return found.filter(split=split).order_by("-pk").first()


def compute(*, attribute: Attribute, split: str = DEV, seed: int = 0, user: User | None = None) -> ReportSnapshot:
    """The stored figures, computed where they are new. `BadInput` when there is neither gold nor a published score.

    `split` says on which gold machines are looked at: on a sealed test (`all`) each costs a look. Gold alone always
    speaks with dev and test together.
    """
    publication, rating_set = publication_of(attribute), golden_set(attribute)
    source = publication.score_set if publication else rating_set
    if source is None:
        raise BadInput(f"{attribute.slug} has neither a golden set nor published scores")
    inputs = inputs_of(attribute, publication, rating_set, split=split, seed=seed)
    known = snapshots.find(KIND, inputs)
    if known:
        return known
    found, problems = _machines(rating_set, publication, split, seed, user) if rating_set else ([], [])
    return snapshots.store(
        corpus=attribute.corpus,
        kind=KIND,
        subject=source.uid,
        split=split,
        inputs=inputs,
        payload={
            "levels": [{"key": level.key, "label": level.label} for level in attribute.levels.all()],
            "scale": attribute.scale,
            "positive": positive(attribute),
            "golden": estimates.golden(rating_set, seed=seed) if rating_set else None,
            "machines": found,
            "problems": problems,
            "corpus": _corpus(publication) if publication else None,
        },
    )


def _machines(
    rating_set: RatingSet, publication: Publication | None, split: str, seed: int, user: User | None
) -> tuple[list[dict[str, Any]], list[str]]:
    """The estimates with each machine, the student that serves first; and why some could not take part."""
    found, problems = [], []
    for machine in _asked(rating_set, publication):
        try:
            found.append(estimates.with_machine(rating_set, machine, split=split, seed=seed, user=user))
        except BadInput as error:
            problems.append(str(error))
    if publication is not None and publication.definition_id != rating_set.definition_id:
        student = publication.student_head.student
        problems.append(f"{student} serves {publication.definition.name}, gold is of {rating_set.definition.name}")
    return found, problems


def _asked(rating_set: RatingSet, publication: Publication | None) -> list[Machine]:
    """The student that serves the definition of the gold, then the annotators that labeled under it."""
    served = publication is not None and publication.definition_id == rating_set.definition_id
    own = [Machine(head=publication.student_head)] if publication and served else []
    return own + [one for one in machines.of_definition(rating_set.definition) if one.annotator]


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


def extremes(publication: Publication) -> tuple[list[Row], list[Row]]:
    """The items the student is surest of, at both ends; golden items are left out.

    Nobody who may still rate or adjudicate an item should learn from a report what a machine says of it.
    """
    slot = f"p__{scored.slot_of(publication)}"
    found = scores.without_golden(scores.of(publication), publication.definition.attribute)
    found = found.select_related("item__media")
    top, bottom = (list(found.order_by(order, "item_id")[:TOP]) for order in (f"-{slot}", slot))
    return scored.rows_of(publication, top), scored.rows_of(publication, bottom)
