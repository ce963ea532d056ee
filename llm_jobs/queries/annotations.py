"""Which annotations speak for an annotator."""

from __future__ import annotations

from django.db.models import QuerySet

from attributes.models import Definition

from ..models import Annotation, Annotator, Run


def for_definition(definition: Definition) -> QuerySet[Annotation]:
    """Answers and failures under one definition, of runs that were not cancelled."""
    return Annotation.objects.filter(definition=definition).exclude(run_item__run__state=Run.State.CANCELLED)


def newest(annotations: QuerySet[Annotation]) -> QuerySet[Annotation]:
    """One per annotator and item: the latest run's."""
    return annotations.order_by("run_item__run__annotator", "item", "-run_item__run", "-pk").distinct(
        "run_item__run__annotator", "item"
    )


def annotators_of(annotations: QuerySet[Annotation]) -> QuerySet[Annotator]:
    return Annotator.objects.filter(pk__in=annotations.values("run_item__run__annotator")).order_by("name", "pk")
