"""The labels of machines on a rating set's items, as the statistics take them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from django.db.models import QuerySet
from numpy.typing import NDArray

from raters.models import RatingSet

from ..models import Annotation, Run
from ..queries import annotations as queries

Codes = NDArray[np.int64]


@dataclass(frozen=True)
class MachineLabels:
    """One annotator's labels of the set's items: level indexes, -1 where it failed or was not asked.

    failures   items without an answer, by the failure's code: never a label.
    """

    name: str
    fingerprint: str
    codes: Codes
    runs: tuple[str, ...]
    n_failed: int
    n_missing: int
    failures: Mapping[str, int] = field(default_factory=dict)


def machine_labels(rating_set: RatingSet, items: list[int], *, run: Run | None = None) -> list[MachineLabels]:
    """Every annotator with an answer to at least one of the items (ids, in the order of the codes)."""
    definition = rating_set.definition
    found = queries.for_definition(definition).filter(item__in=items)
    if run is not None:
        found = found.filter(run_item__run=run)
    position = {item: i for i, item in enumerate(items)}
    index = {pk: i for i, pk in enumerate(definition.attribute.levels.values_list("pk", flat=True))}
    codes: dict[int, Codes] = {}
    failed: dict[int, dict[str, int]] = {}
    runs: dict[int, set[str]] = {}
    answers: QuerySet[Annotation, tuple[int, int, int | None, str, uuid.UUID]] = queries.newest(found).values_list(
        "run_item__run__annotator", "item", "level", "failure_code", "run_item__run__uid"
    )
    for annotator, item, level, failure, uid in answers:
        array = codes.setdefault(annotator, np.full(len(items), -1, dtype=np.int64))
        runs.setdefault(annotator, set()).add(str(uid))
        if level is None:
            by_code = failed.setdefault(annotator, {})
            by_code[failure] = by_code.get(failure, 0) + 1
        else:
            array[position[item]] = index[level]
    return [
        _labels(
            annotator.name, annotator.fingerprint, codes[annotator.pk], runs[annotator.pk], failed.get(annotator.pk, {})
        )
        for annotator in queries.annotators_of(found)
    ]


def _labels(name: str, fingerprint: str, codes: Codes, runs: set[str], failures: dict[str, int]) -> MachineLabels:
    n_failed = sum(failures.values())
    n_missing = int((codes < 0).sum()) - n_failed
    return MachineLabels(name, fingerprint, codes, tuple(sorted(runs)), n_failed, n_missing, failures)
