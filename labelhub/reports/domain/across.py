"""Machines against humans over every attribute of a corpus, computed once per inputs and kept."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np

from attributes.domain.jobs import Progress
from attributes.models import Corpus
from attributes.schema import DefinitionSpec
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from labelhub.lib.version import CODE_VERSION
from llm_jobs.domain import alt_tests
from llm_jobs.domain.alt_tests import Options
from llm_jobs.domain.machine_labels import MachineLabels, machine_labels
from llm_jobs.models import Evaluation
from raters.domain import agreement
from raters.models import RatingSet
from raters.stats.across import Attribute, across, of_machine
from raters.stats.contests import Score
from raters.stats.references import Reference, leave_one_out_reference
from raters.stats.scorecard import Marking
from raters.stats.types import FloatArray, Ratings

from ..models import ReportSnapshot
from ..queries import sets
from . import comparisons, snapshots

KIND = ReportSnapshot.Kind.ATTRIBUTES
LEAVE_ONE_OUT = Evaluation.Reference.LEAVE_ONE_OUT


@dataclass(frozen=True)
class Judged:
    """One attribute: its stored evaluation, its ratings, and the machines' labels of the same items."""

    evaluation: Evaluation
    loaded: agreement.SetRatings
    machines: list[MachineLabels]
    students: frozenset[str]  # those of the machines that are students, by name
    spec: DefinitionSpec

    @property
    def slug(self) -> str:
        return str(self.evaluation.rating_set.definition.attribute.slug)

    @property
    def reference(self) -> Reference:
        return leave_one_out_reference(self.loaded.ratings)

    @property
    def marking(self) -> Marking:
        return Marking(self.spec.scale, self.spec.positive if self.spec.scale == "binary" else None)

    @property
    def ratings(self) -> Ratings:
        return dataclasses.replace(self.loaded.ratings, values=alt_tests.values_of(self.spec))


def latest(corpus: Corpus, split: str) -> ReportSnapshot | None:
    """The newest stored figures of the corpus, current or not."""
    found = ReportSnapshot.objects.filter(kind=KIND, subject=corpus.uid, split=split)
    return found.order_by("-pk").first()


def compute(
    *,
    corpus: Corpus,
    split: str,
    epsilon: float,
    user: User | None = None,
    on_progress: Progress = lambda done, total: None,
) -> ReportSnapshot:
    """The stored figures of every attribute that people have rated. On sealed tests each new machine is a look.

    Raises `BadInput` where no attribute can be compared.
    """
    rated = list(sets.rated(sets.one_per_attribute(corpus)))
    judged, left_out = [], []
    for k, rating_set in enumerate(rated):
        on_progress(k, len(rated) + 1)
        try:
            judged.append(_judged(rating_set, split, user))
        except BadInput as error:
            left_out.append({"attribute": rating_set.definition.attribute.name, "reason": str(error)})
    if not judged:
        raise BadInput(left_out[0]["reason"] if left_out else "nobody has rated an attribute of this corpus yet")
    evaluations = {one.slug: one.evaluation.inputs_hash for one in judged}
    inputs = {"corpus": str(corpus.uid), "split": split, "epsilon": epsilon, "evaluations": evaluations,
              "left_out": left_out, "code_version": CODE_VERSION}  # fmt: skip
    known = snapshots.find(KIND, inputs)
    if known:
        return known
    payload = {**_figures(judged, epsilon), "left_out": left_out}
    return snapshots.store(corpus=corpus, kind=KIND, subject=corpus.uid, split=split, inputs=inputs, payload=payload)


def _judged(rating_set: RatingSet, split: str, user: User | None) -> Judged:
    evaluation = comparisons.create(rating_set=rating_set, split=split, reference=LEAVE_ONE_OUT, user=user)
    loaded = agreement.load(rating_set, split)
    machines = machine_labels(rating_set, loaded.items)
    named = {entry["fingerprint"] for entry in evaluation.inputs["annotators"]}
    students = [one for one in comparisons.students_of(rating_set) if comparisons.fingerprint_of(one) in named]
    machines += [comparisons.student_labels(one, rating_set, split) for one in students]
    names = frozenset(str(one) for one in students)
    return Judged(evaluation, loaded, machines, names, rating_set.definition.parsed())


def _figures(judged: list[Judged], epsilon: float) -> dict[str, Any]:
    names = dict.fromkeys(machine.name for one in judged for machine in one.machines)
    by_name = {name: [(one, machine) for one in judged for machine in one.machines if machine.name == name]
               for name in names}  # fmt: skip
    return {
        "attributes": [_attribute(one) for one in judged],
        "pooled": across([_pooled(one) for one in judged]).as_dict(),
        "machines": [
            {"name": name, "labeler": _labeler(name, found), **_machine(found, epsilon)}
            for name, found in by_name.items()
        ],
        "score": _score(judged),
    }


def _attribute(one: Judged) -> dict[str, Any]:
    """An attribute's stored rows, and how frequent its positive level is among the raters' labels."""
    evaluation, spec = one.evaluation, one.spec
    counts = one.loaded.ratings.counts()
    interval = agreement.prevalence_intervals(counts)[spec.positive]
    rating_set = evaluation.rating_set
    return {
        "slug": one.slug,
        "name": rating_set.definition.attribute.name,
        "version": rating_set.definition.version,
        "rating_set": str(rating_set.uid),
        "evaluation": str(evaluation.uid),
        "scale": spec.scale,
        "level": spec.levels[spec.positive].label,
        "prevalence": {
            "value": float(counts[:, spec.positive].sum() / counts.sum()) if counts.sum() else None,
            "low": interval[0] if interval else None,
            "high": interval[1] if interval else None,
            "reason": None if counts.sum() else "no labels",
        },
        "n_items": int((counts.sum(axis=1) > 0).sum()),
        "pooled": _short(evaluation.result["pooled_raters"]),
        "machines": [_short(row) for row in evaluation.result["annotators"]],
    }


def _short(row: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "n_items", "n_pairs", "n_failed", "precision", "recall", "f1", "vs_pooled", "permutation")
    return {name: row[name] for name in names if name in row}


def _pooled(one: Judged) -> Attribute:
    reference, items = one.reference, np.array(one.loaded.items)
    used = np.flatnonzero(reference.kind >= 0)
    pooled: FloatArray = reference.pooled[reference.kind[used]]
    return Attribute(one.slug, items[used], pooled, pooled, one.marking)


def _labeler(name: str, found: list[tuple[Judged, MachineLabels]]) -> str:
    return "student" if any(name in one.students for one, _ in found) else "llm"


def _machine(found: list[tuple[Judged, MachineLabels]], epsilon: float) -> dict[str, Any]:
    """Macro and micro F1 beside the pooled raters, and the alternative annotator test adjusted over all attributes."""
    rows = [
        of_machine(one.slug, np.array(one.loaded.items), one.reference, machine.codes, one.marking)
        for one, machine in found
    ]
    options = Options(score=_score([one for one, _ in found]), epsilon=epsilon)
    tests = alt_tests.report({one.slug: (one.ratings, machine) for one, machine in found}, options)
    kept = ("winning_rate", "advantage_prob", "advantage_low", "advantage_high", "passed", "n_raters", "n_items",
            "reason", "verdict")  # fmt: skip
    return {
        "attributes": [one.slug for one, _ in found],
        "across": across(rows).as_dict(),
        "alt_tests": {slug: {name: test[name] for name in kept} for slug, test in tests.items()},
    }


def _score(judged: list[Judged]) -> Score:
    """Distances where every attribute has them, for one adjustment needs one kind of test."""
    return "neg_rmse" if all(one.spec.scale == "ordinal" for one in judged) else "accuracy"
