"""What a report's figures were computed from: the block under every report, and whether it still stands."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from attributes.models import Corpus
from llm_jobs.models import Evaluation, Student
from raters.models import RatingSet

from .. import words
from ..models import ReportSnapshot


@dataclass(frozen=True, slots=True)
class Part:
    """Something the figures rest on: `hash` names its content, `links` are (text, address) to what it is made of."""

    label: str
    name: str
    hash: str = ""
    url: str = ""
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class ComputedFrom:
    """As `components/computed_from.html` and `components/outdated.html` take it.

    url      the permanent link.
    current  nothing has changed since; else posting `again` to `again_url` computes the figures of today.
    seed, replicates   of the bootstrap over items; None where nothing was drawn.
    """

    parts: Sequence[Part]
    inputs_hash: str
    code_version: str
    at: datetime.datetime
    url: str
    file: str
    again_url: str
    again: Mapping[str, str] = field(default_factory=dict)
    current: bool = True
    seed: int | None = None
    replicates: int | None = None

    @property
    def line(self) -> str:
        """The same in a line, for a picture that is passed on."""
        named = [f"{part.name} {part.hash[:8]}".strip() for part in self.parts]
        return " · ".join([*named, f"inputs {self.inputs_hash[:8]}", f"{self.at:%Y-%m-%d}", "LabelHub"])


def definition(inputs: Mapping[str, Any]) -> Part:
    return Part("Definition", f"v{inputs['version']}", inputs["definition"])


def golden_set(corpus: Corpus, rating_set: RatingSet, state: str | Mapping[str, Any], what: str = "") -> Part:
    """`state`: its content hash, or the counts that named its state before it was frozen."""
    name = f"{rating_set.name}, {what}" if what else rating_set.name
    if not isinstance(state, str):
        name += ", before it was frozen"
    url = reverse("raters:set", args=[corpus.slug, rating_set.uid])
    return Part("Golden set", name, state if isinstance(state, str) else "", url)


def of_snapshot(
    snapshot: ReportSnapshot,
    parts: Sequence[Part],
    *,
    url: str,
    file: str,
    again_url: str,
    again: Mapping[str, str] | None = None,
    current: bool,
) -> ComputedFrom:
    return ComputedFrom(
        parts=parts,
        inputs_hash=snapshot.inputs_hash,
        code_version=snapshot.code_version,
        at=snapshot.created_at,
        url=url,
        file=file,
        again_url=again_url,
        again=again or {},
        current=current,
        seed=snapshot.inputs["seed"],
        replicates=snapshot.inputs["replicates"],
    )


def machine_with_runs(corpus: Corpus, one: dict[str, Any]) -> Part:
    """A machine as the inputs of a report name it, with a link to each run its labels came from."""
    runs = [(f"run {uid[:8]}", reverse("llm_jobs:run", args=[corpus.slug, uid])) for uid in one["runs"]]
    return Part("Machine", one["name"], one["fingerprint"], links=runs)


def of_evaluation(corpus: Corpus, evaluation: Evaluation, *, current: bool) -> ComputedFrom:
    inputs, rating_set = evaluation.inputs, evaluation.rating_set
    n = words.several(evaluation.result["n_items_in_split"], "item")
    split = str(evaluation.get_split_display()).lower()
    parts = [definition(inputs), golden_set(corpus, rating_set, inputs["content_hash"], f"{split}, {n}")]
    return ComputedFrom(
        parts=[*parts, *(machine_with_runs(corpus, one) for one in inputs["annotators"])],
        inputs_hash=evaluation.inputs_hash,
        code_version=evaluation.code_version,
        at=evaluation.created_at,
        url=reverse("reports:evaluation", args=[corpus.slug, evaluation.uid]),
        file=f"evaluation-{rating_set.definition.attribute.slug}-",
        again_url=reverse("reports:evaluate", args=[corpus.slug]),
        again={"rating_set": str(rating_set.uid), "split": evaluation.split, "reference": evaluation.reference},
        current=current,
        seed=evaluation.seed,
        replicates=inputs["replicates"],
    )


def of_alt_test(corpus: Corpus, snapshot: ReportSnapshot, rating_set: RatingSet) -> ComputedFrom:
    """Power is drawn with the options' seed; everything else is counted."""
    inputs, options, machine = snapshot.inputs, snapshot.inputs["options"], snapshot.inputs["annotator"]
    n = words.several(snapshot.payload["n_items"], "item")
    again = {"machine": machine["name"], "split": snapshot.split, "score": options["score"]}
    return ComputedFrom(
        parts=[
            definition(inputs),
            golden_set(corpus, rating_set, inputs["content_hash"], f"{snapshot.split}, {n}"),
            machine_with_runs(corpus, machine),
        ],
        inputs_hash=snapshot.inputs_hash,
        code_version=snapshot.code_version,
        at=snapshot.created_at,
        url=reverse("reports:alt_test", args=[corpus.slug, snapshot.uid]),
        file=f"alt-test-{snapshot.inputs_hash[:8]}-",
        again_url=reverse("reports:alt_test_new", args=[corpus.slug, rating_set.uid]),
        again={**again, "epsilon": str(options["epsilon"])},
        seed=options["seed"],
    )


def of_attributes(corpus: Corpus, snapshot: ReportSnapshot) -> ComputedFrom:
    """Each attribute's figures are those of its own report."""
    parts = [
        Part(
            "Comparison",
            f"{one['name']} v{one['version']}, {snapshot.split}",
            snapshot.inputs["evaluations"][one["slug"]],
            reverse("reports:evaluation", args=[corpus.slug, one["evaluation"]]),
        )
        for one in snapshot.payload["attributes"]
    ]
    return ComputedFrom(
        parts=parts,
        inputs_hash=snapshot.inputs_hash,
        code_version=snapshot.code_version,
        at=snapshot.created_at,
        url=reverse("reports:attributes_snapshot", args=[corpus.slug, snapshot.uid]),
        file=f"attributes-{corpus.slug}-",
        again_url=reverse("reports:attributes_compute", args=[corpus.slug]),
        again={"split": snapshot.split, "epsilon": str(snapshot.inputs["epsilon"])},
        seed=0,
    )


def of_student(corpus: Corpus, student: Student, evaluations: Sequence[Evaluation], *, current: bool) -> ComputedFrom:
    """A student never changes; its comparisons are reports of their own, each under its link."""
    parts = [
        Part("Encoder", str(student.encoder)),
        Part("Silver set", "frozen labels", student.silver_set.hash),
        Part("Weights", str(student), student.sha256, reverse("llm_jobs:student", args=[corpus.slug, student.uid])),
    ]
    for one in evaluations:
        url = reverse("reports:evaluation", args=[corpus.slug, one.uid])
        parts.append(Part("Comparison", one.rating_set.definition.attribute.name, one.inputs_hash, url))
    return ComputedFrom(
        parts=parts,
        inputs_hash=student.sha256,
        code_version=student.code_version,
        at=student.created_at,
        url=reverse("reports:student", args=[corpus.slug, student.uid]),
        file=f"student-{str(student.uid)[:8]}-",
        again_url=reverse("reports:student_evaluate", args=[corpus.slug, student.uid]),
        current=current,
        seed=student.seed,
    )
