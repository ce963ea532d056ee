"""An attribute's definition versions with the figures measured under each."""

from __future__ import annotations

from dataclasses import dataclass

from attributes.models import Attribute, Definition
from llm_jobs.models import Evaluation
from raters.models import RatingItem, RatingSet

from ..models import ReportSnapshot
from ..queries import sets
from ..queries import snapshots as queries
from . import comparisons
from .comparisons import Contender


@dataclass(frozen=True)
class Version:
    """A definition with its most telling set and what is stored of it."""

    definition: Definition
    rating_set: RatingSet | None
    snapshot: ReportSnapshot | None
    evaluation: Evaluation | None
    best: Contender | None


def of_attribute(attribute: Attribute, limit: int = 20) -> list[Version]:
    """The newest published versions first."""
    published = attribute.definitions.exclude(version=None).select_related("attribute", "published_by")
    definitions = list(published.order_by("-version")[:limit])
    rating_sets = {one.definition_id: one for one in sets.one_per_version(attribute)}
    stored = queries.newest(
        ReportSnapshot.Kind.AGREEMENT, [one.uid for one in rating_sets.values()], RatingItem.Split.DEV
    )
    snapshots = {one.subject: one for one in stored}
    evaluations = {one.rating_set_id: one for one in queries.newest_evaluations(rating_sets.values())}
    students = comparisons.students_by_fingerprint(attribute.corpus)
    found = []
    for definition in definitions:
        rating_set = rating_sets.get(definition.pk)
        evaluation = evaluations.get(rating_set.pk) if rating_set else None
        machines = comparisons.plain_contenders(evaluation, students) if evaluation else []
        found.append(
            Version(
                definition=definition,
                rating_set=rating_set,
                snapshot=snapshots.get(rating_set.uid) if rating_set else None,
                evaluation=evaluation,
                best=comparisons.best(machines),
            )
        )
    return found
