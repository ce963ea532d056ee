"""Calibrations: fitted on the dev gold of a rating set by its stored folds, kept, and applied.

Dev only: no sealed item is looked at, so a calibration costs no look. Items of a test that was unsealed have no fold
and take no part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction

from attributes.domain import audit
from attributes.models import Definition, Item
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from labelhub.lib.version import CODE_VERSION
from raters.models import RatingItem, RatingSet
from raters.queries import ratings as rating_queries
from raters.stats.calibration_report import Judged
from raters.stats.level_calibration import LevelCalibration, LevelCalibrator, normalised

from ..models import Annotator, Calibration
from . import machines
from .machines import Machine

DEV = RatingItem.Split.DEV


@dataclass(frozen=True)
class Sample:
    """The dev items with gold and an answer, as the kernels take them, and what was left out by reason.

    certain  labels that came without a probability and count as one of 1.    known  inclusion probabilities are stored.
    """

    judged: Judged
    rating_items: list[int]
    known: bool
    certain: int
    left_out: dict[str, int]

    @property
    def n(self) -> int:
        return len(self.rating_items)


def sample(rating_set: RatingSet, machine: Machine) -> Sample:
    """Raises `BadInput`, with the item, for stored probabilities that are none."""
    definition, spec = rating_set.definition, rating_set.definition.parsed()
    dev = rating_queries.measured(rating_set, DEV).order_by("pk")
    rows = list(dev.values_list("pk", "item", "fold", "inclusion_probability"))
    gold = dict(rating_queries.gold(dev).values_list("rating_item", "level__position"))
    said = machines.answers(machine, definition, [item for _, item, _, _ in rows])
    decided = [row for row in rows if gold.get(row[0]) is not None]
    folded = [row for row in decided if row[2] is not None]
    used = [row for row in folded if row[1] in said.p]
    chances = [pi for *_, pi in used]
    judged = Judged(
        p=np.array([said.p[item] for _, item, _, _ in used], dtype=np.float64).reshape(len(used), len(spec.levels)),
        label=np.array([gold[pk] for pk, *_ in used], dtype=np.int64),
        answer=np.array([said.level[item] for _, item, _, _ in used], dtype=np.int64),
        fold=np.array([fold for _, _, fold, _ in used], dtype=np.int64),
        scale=spec.scale,
        positive=_upper(spec.positive, len(spec.levels)),
        equal=len(set(chances)) < 2,
    )
    _check(judged, [item for _, item, _, _ in used])
    return Sample(
        judged=judged,
        rating_items=[pk for pk, *_ in used],
        known=None not in chances,
        certain=sum(item in said.certain for _, item, _, _ in used),
        left_out={
            "without gold yet": sum(pk not in gold for pk, *_ in rows),
            "tied or undecidable": sum(pk in gold and gold[pk] is None for pk, *_ in rows),
            "of the unsealed test, without a fold": len(decided) - len(folded),
            "without an answer of the machine": len(folded) - len(used),
        },
    )


def _upper(positive: int | None, q: int) -> int:
    return q - 1 if positive is None else positive


def _check(judged: Judged, items: Sequence[int]) -> None:
    try:
        normalised(judged.p)
    except ValueError as error:
        place, _, what = str(error).partition(": ")
        item = Item.objects.get(pk=items[int(place.removeprefix("row "))])
        raise BadInput(f"item {item.external_id}: {what}") from None


def inputs_of(rating_set: RatingSet, machine: Machine, of: Sample, *, seed: int = 0) -> dict[str, Any]:
    """Everything that a fit and its figures depend on."""
    judged = of.judged
    return {
        "rating_set": str(rating_set.uid),
        "definition": rating_set.definition.hash,
        "version": rating_set.definition.version,
        "machine": machine.name,
        "fingerprint": machine.fingerprint,
        "items": digest(of.rating_items),
        "p": digest(judged.p.tolist()),
        "answers": digest(judged.answer.tolist()),
        "gold": digest(judged.label.tolist()),
        "folds": digest(judged.fold.tolist()),
        "n": of.n,
        "seed": seed,
        "code_version": CODE_VERSION,
    }


@transaction.atomic
def store(
    *,
    rating_set: RatingSet,
    machine: Machine,
    found: LevelCalibration,
    inputs: dict[str, Any],
    user: User | None,
) -> Calibration | None:
    """Keep the fitted map; the same inputs keep the same row. None where there was nothing to keep, as `found.reason`
    says."""
    if found.calibrator is None or found.chosen is None:
        return None
    corpus = rating_set.definition.attribute.corpus
    params = found.calibrator.as_dict()
    stored, created = Calibration.objects.get_or_create(
        hash=digest({"inputs": inputs, "method": found.chosen, "params": params}),
        defaults={
            "definition": rating_set.definition,
            "annotator": machine.annotator,
            "student_head": machine.head,
            "rating_set": rating_set,
            "method": found.chosen,
            "params": params,
            "metrics": {
                "n": inputs["n"],
                "counts": list(found.counts),
                "methods": {report.name: report.as_dict() for report in found.methods},
                "warnings": list(found.warnings),
            },
            "code_version": CODE_VERSION,
            "created_by": user,
        },
    )
    if created:
        audit.record(
            actor=user, corpus=corpus, verb="calibrated", target=stored, after_hash=stored.hash,
            machine=machine.name, method=found.chosen, n=inputs["n"],
        )  # fmt: skip
    return stored


def in_use(definition: Definition, machine: Machine) -> Calibration | None:
    """The newest of this definition and machine."""
    found = Calibration.objects.filter(definition=definition, annotator=machine.annotator, student_head=machine.head)
    return found.order_by("-pk").first()


def of_annotator(annotator: Annotator, definitions: Iterable[Definition]) -> dict[int, LevelCalibrator]:
    """Definition -> the map in use for this annotator, where there is one. One query."""
    newest = Calibration.objects.filter(annotator=annotator, definition__in=list(definitions))
    newest = newest.order_by("definition", "-pk").distinct("definition")
    return {one.definition_id: LevelCalibrator.from_dict(one.params) for one in newest}


def calibrator_of(definition: Definition, machine: Machine) -> LevelCalibrator | None:
    """The map in use, where there is one."""
    newest = in_use(definition, machine)
    return None if newest is None else LevelCalibrator.from_dict(newest.params)


def calibrated(calibrator: LevelCalibrator | None, vectors: Sequence[Sequence[float]]) -> list[list[float]] | None:
    """The vectors (m, q) calibrated; None without a calibrator: then they are raw scores, and no probabilities."""
    if calibrator is None:
        return None
    if not vectors:
        return []
    return list(calibrator(np.array(vectors, dtype=np.float64)).tolist())
