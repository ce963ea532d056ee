"""The calibration report: whether a machine's probabilities are chances, and what may go past the raters."""

from __future__ import annotations

from typing import Any

import numpy as np

from attributes.models import Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.domain import calibrations, machines
from llm_jobs.domain.calibrations import Sample
from llm_jobs.domain.machines import Machine
from llm_jobs.models import Calibration
from raters.models import RatingItem, RatingSet
from raters.stats.calibration_report import calibration_report

from ..models import ReportSnapshot
from . import snapshots
from .cases import LIMIT

KIND = ReportSnapshot.Kind.CALIBRATION
DEV = RatingItem.Split.DEV
SLOW = 3000  # items times levels: beyond this a page should not wait


def latest(rating_set: RatingSet, machine: Machine) -> ReportSnapshot | None:
    found = ReportSnapshot.objects.filter(
        kind=KIND, subject=rating_set.uid, split=DEV, inputs__fingerprint=machine.fingerprint
    )
    return found.order_by("-pk").first()


def inputs_now(rating_set: RatingSet, machine: Machine) -> dict[str, Any]:
    return calibrations.inputs_of(rating_set, machine, calibrations.sample(rating_set, machine))


def is_current(rating_set: RatingSet, machine: Machine, snapshot: ReportSnapshot) -> bool:
    try:
        return snapshots.is_current(snapshot, inputs_now(rating_set, machine))
    except BadInput:
        return False  # computing again says what is wrong


def takes_long(rating_set: RatingSet) -> bool:
    levels = rating_set.definition.attribute.levels.count()
    return rating_set.rating_items.filter(split=DEV).count() * levels > SLOW


def compute(*, rating_set: RatingSet, machine: Machine, user: User | None) -> ReportSnapshot:
    """The stored figures for the gold and the answers as they are, computed where they are new. The map is kept with
    them and serves from now on. `BadInput` for stored probabilities that are none."""
    sample = calibrations.sample(rating_set, machine)
    inputs = calibrations.inputs_of(rating_set, machine, sample)
    known = snapshots.find(KIND, inputs)
    if known:
        return known
    found, report = calibration_report(sample.judged, seed=inputs["seed"])
    kept = calibrations.store(rating_set=rating_set, machine=machine, found=found, inputs=inputs, user=user)
    return snapshots.store(
        corpus=rating_set.definition.attribute.corpus,
        kind=KIND,
        subject=rating_set.uid,
        split=DEV,
        inputs=inputs,
        payload={
            "machine": machine.name,
            "labeler": machine.labeler,
            "levels": [{"key": level.key, "label": level.label} for level in rating_set.definition.parsed().levels],
            "scale": sample.judged.scale,
            "positive": sample.judged.positive,
            "calibration": str(kept.uid) if kept else None,
            "sample": _described(sample),
            "report": report,
        },
    )


def _described(sample: Sample) -> dict[str, Any]:
    return {
        "n": sample.n,
        "certain": sample.certain,
        "weights": "unknown" if not sample.known else "equal" if sample.judged.equal else "unequal",
        "left_out": {reason: n for reason, n in sample.left_out.items() if n},
    }


def compute_all(*, rating_set: RatingSet, user: User | None) -> list[str]:
    """The figures of every machine with an answer to an item that has gold; returns why some could not be."""
    problems = []
    for machine in machines.of_definition(rating_set.definition):
        try:
            if calibrations.sample(rating_set, machine).n:
                compute(rating_set=rating_set, machine=machine, user=user)
        except BadInput as error:
            problems.append(f"{rating_set.definition.attribute.name}, calibration of {machine.name}: {error}")
    return problems


def stored(snapshot: ReportSnapshot) -> Calibration | None:
    uid = snapshot.payload["calibration"]
    return Calibration.objects.filter(uid=uid).first() if uid else None


def surely_wrong(rating_set: RatingSet, machine: Machine) -> list[int]:
    """Rating items of dev that the machine got wrong, by falling confidence, at most `LIMIT`."""
    sample = calibrations.sample(rating_set, machine)
    judged = sample.judged
    confidence = judged.p[np.arange(sample.n), judged.answer]
    wrong = np.flatnonzero(judged.answer != judged.label)
    order = wrong[np.argsort(-confidence[wrong], kind="stable")]
    return [sample.rating_items[i] for i in order[:LIMIT]]


def in_corpus(rating_set: RatingSet) -> int:
    """Items that a rule about people and machine would be applied to."""
    return Item.objects.filter(corpus=rating_set.definition.attribute.corpus_id, removed_at=None).count()
