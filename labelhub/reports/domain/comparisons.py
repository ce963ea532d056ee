"""Machines against humans: making evaluations, and reading a stored one."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import F, Max, QuerySet, Sum

from attributes.models import Corpus
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.claude.errors import FailureCode
from llm_jobs.domain import evaluations, students
from llm_jobs.domain.machine_labels import MachineLabels
from llm_jobs.models import Annotator, Evaluation, Run, Score, ScoreSet, Student, StudentHead
from llm_jobs.queries import annotations as annotation_queries
from raters.domain import agreement
from raters.models import Look, Rating, RatingItem, RatingSet

from .. import words
from ..queries import snapshots
from . import expenses, given, significance
from .expenses import Expense
from .significance import Tested

MANY_ANSWERS = 20_000  # ratings whose reading and resampling takes longer than a page should


@dataclass(frozen=True)
class Contender:
    """A row of the report: the stored figures and what stands beside them."""

    row: dict[str, Any]
    labeler: str  # human, llm or student: its colour
    note: str
    verdict: words.Said | None = None
    expense: Expense = expenses.STUDENT
    given: tuple[str, ...] = ()  # what it had otherwise than the raters
    student: Student | None = None
    no_better: words.Said | None = None  # than the best constant answer
    tested: Tested | None = None  # against the pooled raters, among all machines
    is_superseded: bool = False  # a newer annotator of the same backend and model has labels too

    @property
    def name(self) -> str:
        return str(self.row["name"])

    @property
    def refused(self) -> int | None:
        """Items it would not answer; None in a report made before these were told from other failures."""
        failures = self.row.get("failures")
        return None if failures is None else int(failures.get(FailureCode.REFUSED, 0))

    @property
    def failed(self) -> int:
        """Items without an answer for any other reason."""
        return int(self.row["n_failed"]) - (self.refused or 0)


def create(
    *, rating_set: RatingSet, split: str, reference: str, student: Student | None = None, user: User | None = None
) -> Evaluation:
    """The stored evaluation of every annotator and of students on the items as they are now: the one that serves the
    set's definition, and the one named (the newest by default). Raises `BadInput` when there is nothing to compare."""
    extra = tuple(student_labels(one, rating_set, split) for one in _students_held(rating_set, student))
    return evaluations.evaluate(rating_set=rating_set, split=split, reference=reference, extra=extra, user=user)


def _students_held(rating_set: RatingSet, student: Student | None) -> list[Student]:
    held = dict.fromkeys([served_student(rating_set), student or newest_student(rating_set)])
    return [one for one in held if one is not None]


def takes_long(rating_set: RatingSet, split: str, student: Student | None = None) -> bool:
    """Whether there are very many ratings, or a student has to be run on items that its stored scores do not cover."""
    answers = RatingItem.objects.filter(rating_set=rating_set).aggregate(n=Sum("counted"))["n"] or 0
    if answers > MANY_ANSWERS:
        return True
    held = _students_held(rating_set, student)
    if not held:
        return False
    try:
        items = agreement.load(rating_set, split).items
    except BadInput:
        return False  # evaluating says why
    return any(stored_labels(one, rating_set, items) is None for one in held)


def newest_student(rating_set: RatingSet) -> Student | None:
    """The newest student with a head for the set's definition."""
    found = Student.objects.filter(heads__definition=rating_set.definition_id).select_related("encoder")
    return found.order_by("-pk").first()


def served_student(rating_set: RatingSet) -> Student | None:
    """The student whose scores serve the set's definition now."""
    found = Student.objects.filter(
        heads__publications__definition=rating_set.definition_id, heads__publications__retired_at=None
    )
    return found.select_related("encoder").first()


def students_of(rating_set: RatingSet) -> list[Student]:
    """Those with a head for the set's definition, the newest first."""
    found = Student.objects.filter(heads__definition=rating_set.definition_id).select_related("encoder")
    return list(found.order_by("-pk"))


def annotators_of(rating_set: RatingSet, items: QuerySet[RatingItem, int]) -> list[str]:
    """Names of the annotators with labels of these items."""
    found = annotation_queries.for_definition(rating_set.definition).filter(item__in=items)
    return list(annotation_queries.annotators_of(found).values_list("name", flat=True))


def student_labels(student: Student, rating_set: RatingSet, split: str) -> MachineLabels:
    """The student's labels out of its stored scores where they cover the items as they are, else computed now."""
    items = agreement.load(rating_set, split).items
    stored = stored_labels(student, rating_set, items)
    if stored is None:
        return students.labels_on(student, rating_set, split)
    return MachineLabels(str(student), fingerprint_of(student), np.array(stored, dtype=np.int64), (), 0, 0)


def stored_labels(student: Student, rating_set: RatingSet, items: list[int]) -> list[int] | None:
    """Likeliest level per item out of the student's newest complete scores; None where an item's are missing."""
    score_set = student.score_sets.filter(state=ScoreSet.State.COMPLETE).order_by("-pk").first()
    head = StudentHead.objects.filter(student=student, definition=rating_set.definition_id).first()
    if score_set is None or head is None:
        return None
    scores = Score.objects.filter(score_set=score_set, item__in=items, content_hash=F("item__content_hash"))
    ends = slice(head.p_offset, head.p_offset + head.p_width)
    label = {item: int(np.argmax(p[ends])) for item, p in scores.values_list("item_id", "p")}
    return [label[item] for item in items] if len(label) == len(set(items)) else None


def students_by_fingerprint(corpus: Corpus) -> dict[str, Student]:
    found = Student.objects.filter(corpus=corpus).only("uid", "sha256", "corpus", "created_at")
    return {fingerprint_of(student): student for student in found}


def contenders(
    evaluation: Evaluation, by_fingerprint: dict[str, Student], correction: str = significance.DEFAULT
) -> list[Contender]:
    """The machines of a stored evaluation with kind, cost and test, the best F1 first."""
    corpus = evaluation.rating_set.definition.attribute.corpus_id
    names = [row["name"] for row in evaluation.result["annotators"]]
    named = {one.name: one for one in Annotator.objects.filter(corpus=corpus, name__in=names)}
    old = _superseded(list(named.values()))
    spent = expenses.of_annotators(evaluation, named)
    plain = plain_contenders(evaluation, by_fingerprint)
    students = {one.name: one.student for one in plain if one.student is not None}
    tested = significance.against_pooled(evaluation, correction)
    given_to = given.differences(evaluation, named, students)
    return [
        dataclasses.replace(
            one,
            note=_configuration(named[one.name]) if one.name in named else one.note,
            expense=spent.get(one.name, expenses.STUDENT),
            given=tuple(given_to.get(one.name, ())),
            tested=tested.get(one.name),
            is_superseded=one.name in old,
        )
        for one in plain
    ]


def _configuration(annotator: Annotator) -> str:
    """What tells annotators of one family apart, in a line."""
    config = annotator.config
    parts = [f"{name} {config[name]}" for name in ("version", "temperature", "prompt", "effort") if config.get(name)]
    model = [str(config["model"])] if config.get("model") else []
    return " · ".join([str(annotator.get_backend_display()), *model, *parts])


def _superseded(annotators: list[Annotator]) -> set[str]:
    """Names of those with a newer one of the same backend and model; imported labels are each their own."""
    newest: dict[tuple[str, str], int] = {}
    family = {one.pk: (one.backend, str(one.config.get("model", ""))) for one in annotators}
    for one in annotators:
        newest[family[one.pk]] = max(newest.get(family[one.pk], 0), one.pk)
    imported = Annotator.Backend.IMPORTED
    return {one.name for one in annotators if one.backend != imported and one.pk < newest[family[one.pk]]}


def superseded_of(corpus: Corpus, machines: list[Contender]) -> set[str]:
    """Names of the machines that newer ones of their family stand in for."""
    names = [one.name for one in machines if one.student is None]
    return _superseded(list(Annotator.objects.filter(corpus=corpus, name__in=names))) if len(names) > 1 else set()


def plain_contenders(evaluation: Evaluation, by_fingerprint: dict[str, Student]) -> list[Contender]:
    """The machines of a stored evaluation, the best F1 first, without a further query."""
    fingerprints = {entry["name"]: entry["fingerprint"] for entry in evaluation.inputs["annotators"]}
    against, baseline = evaluation.result.get("vs_baseline", {}), evaluation.result.get("baseline")
    found = []
    for row in evaluation.result["annotators"]:
        student = by_fingerprint.get(fingerprints[row["name"]])
        labeler = "student" if student else "llm"
        note = "student" if student else "annotator"
        found.append(Contender(row, labeler, note, words.verdict(row["vs_pooled"]), student=student,
                               no_better=words.no_better(against.get(row["name"]), baseline)))  # fmt: skip
    return sorted(found, key=lambda one: -(-1.0 if one.row["f1"]["value"] is None else one.row["f1"]["value"]))


def best(machines: list[Contender]) -> Contender | None:
    """The annotator (no student) with the highest F1."""
    defined = [one for one in machines if one.student is None and one.row["f1"]["value"] is not None]
    return defined[0] if defined else None


def of_student(machines: list[Contender], served: Student | None = None) -> Contender | None:
    """The student that serves; where none does, the newest."""
    students = {one.student.pk: one for one in machines if one.student is not None}
    if served is not None:
        return students.get(served.pk)
    return students[max(students)] if students else None


def fingerprint_of(student: Student) -> str:
    """How the student stands in an evaluation's inputs."""
    return digest({"student": student.sha256})


def serving(served: dict[int, Student]) -> dict[int, Contender]:
    """Rating set -> the row of the student that serves it, out of the newest evaluation it took part in.

    The newest evaluation of a set may be of a newer student alone, which serves nobody. One query.
    """
    prints = {fingerprint_of(student): student for student in served.values()}
    if not prints:
        return {}
    found = Evaluation.objects.filter(
        snapshots.with_fingerprints(prints), rating_set__in=served, split=RatingItem.Split.DEV,
        reference=Evaluation.Reference.LEAVE_ONE_OUT,
    )  # fmt: skip
    newest: dict[int, Contender] = {}
    for evaluation in found.order_by("-pk"):
        student = served[evaluation.rating_set_id]
        own = of_student(plain_contenders(evaluation, prints), student)
        if own is not None:
            newest.setdefault(evaluation.rating_set_id, own)
    return newest


def newer_labels(evaluation: Evaluation) -> bool:
    """Whether a run under the set's definition ended, or the set got answers or gold, after the evaluation was made."""
    rating_set, since = evaluation.rating_set, evaluation.created_at
    runs = Run.objects.filter(run_definitions__definition=rating_set.definition_id)
    newest = runs.exclude(state=Run.State.CANCELLED).aggregate(at=Max("finished_at"))["at"]
    if newest is not None and newest > since:
        return True
    if rating_set.content_hash:
        return bool(rating_set.content_hash != evaluation.inputs["content_hash"])
    return Rating.objects.filter(rating_item__rating_set=rating_set, created_at__gt=since).exists()


def looks(rating_set: RatingSet) -> int:
    """How many machines have been held against the sealed test so far."""
    return Look.objects.filter(rating_set=rating_set, split=RatingItem.Split.TEST).count()


def siblings(evaluation: Evaluation) -> dict[tuple[str, str], Evaluation]:
    """The newest evaluation of the same set by (split, reference)."""
    found = Evaluation.objects.filter(rating_set=evaluation.rating_set_id).only("uid", "split", "reference")
    newest = found.order_by("split", "reference", "-pk").distinct("split", "reference")
    return {(one.split, one.reference): one for one in newest}
