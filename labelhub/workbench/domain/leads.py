"""What is known of items before anybody rates them, from machines and earlier raters: what a set may be drawn by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Exists, OuterRef, QuerySet

from attributes.models import Attribute
from labelhub.reports.queries import sets
from llm_jobs.domain import prevalence
from llm_jobs.models import Annotation, Annotator, Run
from llm_jobs.queries import annotations as queries
from raters import sampling
from raters.domain import disputes, forecasts
from raters.domain.designs import Sizes
from raters.models import RatingSet

UNSURE, MACHINES, RATERS = "unsure", "machines", "raters"
SHOWN_SETS = 10


@dataclass(frozen=True)
class Guess:
    """A share to plan with, and where it comes from."""

    share: float
    source: str


def leads(attribute: Attribute) -> list[tuple[str, str]]:
    """(key, words) of what can be gone by; empty where no machine has labeled and nobody has rated."""
    told = _labels(attribute).filter(run_item__run__annotator=OuterRef("pk"))
    annotators = list(
        Annotator.objects.filter(Exists(told), pk__in=_runs(attribute).values("annotator"))
        .annotate(is_probable=Exists(told.filter(p__isnull=False)))
        .order_by("name", "pk")
    )
    found = [(f"{UNSURE}:{one.pk}", f"How unsure {one.name} is") for one in annotators if one.is_probable]
    if len(annotators) > 1:
        found.append((MACHINES, f"Where {len(annotators)} machines differ"))
    rated = sets.rated(sets.of_attribute(attribute))[:SHOWN_SETS]
    return found + [(f"{RATERS}:{one.uid}", f"Where the raters of {one.name} differed") for one in rated]


def sizes_by(attribute: Attribute, key: str) -> Sizes:
    """The sizes of a lead that `leads` names."""
    kind, _, which = key.partition(":")
    if kind == UNSURE:
        return _uncertainty(attribute, Annotator.objects.get(pk=which, corpus=attribute.corpus_id))
    if kind == MACHINES:
        return _between_machines(attribute)
    return disputes.disagreement_in(RatingSet.objects.get(uid=which, definition__attribute=attribute))


def _runs(attribute: Attribute) -> QuerySet[Run]:
    runs = Run.objects.filter(run_definitions__definition__attribute=attribute).exclude(state=Run.State.CANCELLED)
    return runs.select_related("annotator").distinct()


def _labels(attribute: Attribute) -> QuerySet[Annotation]:
    """Answers under any version of the attribute, of runs that were not cancelled."""
    labels = Annotation.objects.filter(definition__attribute=attribute, failure_code="")
    return labels.exclude(run_item__run__state=Run.State.CANCELLED)


def _uncertainty(attribute: Attribute, annotator: Annotator) -> Sizes:
    """Entropy of the newest probabilities it gave each item."""
    own = _labels(attribute).filter(run_item__run__annotator=annotator, p__isnull=False)
    parts = [f"p__{place}" for place in range(attribute.levels.count())]  # read as numbers, faster than as an array
    rows = list(queries.newest(own).values_list("item", *parts))
    entropy = sampling.entropy(np.array([p for _, *p in rows], dtype=np.float64).reshape(len(rows), len(parts)))
    unsure = dict(zip((item for item, *_ in rows), entropy.tolist(), strict=True))
    return Sizes(f"uncertainty of {annotator.name}", unsure)


def _between_machines(attribute: Attribute) -> Sizes:
    levels = {pk: place for place, pk in enumerate(attribute.levels.values_list("pk", flat=True))}
    rows = list(queries.newest(_labels(attribute)).values_list("item", "level"))
    return Sizes("disagreement of machines", disputes.differing([(i, k) for i, k in rows if k], levels))


def guess(attribute: Attribute) -> Guess:
    """How frequent the attribute may be: by the gold of its best set, else by what a machine says, else even."""
    position = prevalence.positive(attribute)
    rated = sets.rated(sets.of_attribute(attribute)).first()
    by_gold = forecasts.guess_by_gold(rated, position) if rated else None
    if rated and by_gold is not None:
        return Guess(round(by_gold, 2), f"by the gold of {rated.name}")
    for run in _runs(attribute).order_by("-pk")[:1]:
        rows = _labels(attribute).filter(run_item__run=run).values("level__position").annotate(n=Count("pk"))
        counts = {row["level__position"]: row["n"] for row in rows}
        if counts:
            share = counts.get(position, 0) / sum(counts.values())
            return Guess(round(share, 2), f"by the labels of {run.annotator.name}, which may be off")
    return Guess(forecasts.EVEN, "nothing is known yet, and this share has the widest interval")
