"""Which annotations speak for an annotator."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import Count, Max, QuerySet

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


@dataclass(frozen=True)
class Teacher:
    """An annotator that labeled a definition: what tells it from others of its family."""

    annotator: Annotator
    n: int
    last_run: dt.datetime
    superseded: bool

    @property
    def label(self) -> str:
        config = [(key, value) for key, value in self.annotator.config.items() if key != "name"]
        said = ", ".join(f"{key} {value}" for key, value in config if not isinstance(value, bool | dict | list))
        parts = [self.annotator.name, said, f"{self.n:,} labels", f"last run {self.last_run:%-d %b %Y, %H:%M}"]
        return " · ".join(filter(None, parts)) + (" · superseded by a newer configuration" if self.superseded else "")


def teachers(definition: Definition) -> list[Teacher]:
    """Who labeled the definition, the newest configuration first; of one family only the newest is not superseded."""
    labeled = for_definition(definition).filter(failure_code="")
    rows = labeled.values("run_item__run__annotator").annotate(
        n=Count("item", distinct=True), last_run=Max("run_item__run__created_at")
    )
    told = {row["run_item__run__annotator"]: row for row in rows}
    found, families = [], set()
    for annotator in Annotator.objects.filter(pk__in=told).order_by("-pk"):
        own = annotator.name if annotator.backend == Annotator.Backend.IMPORTED else annotator.config.get("model", "")
        family = (annotator.backend, own)
        row = told[annotator.pk]
        found.append(Teacher(annotator, row["n"], row["last_run"], family in families))
        families.add(family)
    return found
