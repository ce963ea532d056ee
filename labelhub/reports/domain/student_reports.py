"""What is known of a student: fidelity to its teacher, and its stored comparisons with teacher and humans."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from attributes.domain.jobs import Progress
from labelhub.accounts.models import User
from llm_jobs.models import Evaluation, SilverSource, Student, StudentHead
from raters.models import RatingItem, RatingSet

from .. import words
from ..queries import sets
from . import comparisons
from .comparisons import Contender, fingerprint_of


@dataclass(frozen=True)
class Head:
    """One attribute of the student."""

    head: StudentHead
    fidelity: dict[str, Any]
    teacher_name: str
    rating_set: RatingSet | None
    evaluation: Evaluation | None
    student: Contender | None
    teacher: Contender | None

    @property
    def pooled(self) -> dict[str, Any] | None:
        return self.evaluation.result["pooled_raters"] if self.evaluation else None

    @property
    def duel(self) -> dict[str, Any] | None:
        """The student beside its teacher on the items of both; None in a report made before these were kept."""
        if self.evaluation is None or self.student is None:
            return None
        names = (self.student.name, self.teacher_name)
        return next(
            (one for one in self.evaluation.result.get("duels", ()) if (one["name"], one["rival"]) == names), None
        )

    @property
    def close(self) -> words.Said | None:
        """Whether the student keeps up with its teacher."""
        if self.student is None or self.teacher is None:
            return None
        return words.keeps_up(self.duel)


def heads(student: Student) -> list[Head]:
    """Every head with its figures, out of stored rows."""
    found = list(student.heads.select_related("definition__attribute__corpus"))
    teachers = _teachers(student)
    rating_sets = _rating_sets(found)
    evaluations = _evaluations(student, list(rating_sets.values()))
    by_fingerprint = {fingerprint_of(student): student}
    return [
        _head(head, student, teachers, rating_sets.get(head.definition_id), evaluations, by_fingerprint)
        for head in found
    ]


def takes_long(student: Student) -> bool:
    """Whether comparing it means running the network: its stored scores do not cover every golden set."""
    return any(
        entry.rating_set is not None and comparisons.takes_long(entry.rating_set, RatingItem.Split.DEV, student)
        for entry in heads(student)
    )


def _head(
    head: StudentHead,
    student: Student,
    teachers: dict[int, str],
    rating_set: RatingSet | None,
    evaluations: dict[int, Evaluation],
    by_fingerprint: dict[str, Student],
) -> Head:
    evaluation = evaluations.get(rating_set.pk) if rating_set else None
    teacher = teachers.get(head.definition_id, "")
    machines = comparisons.plain_contenders(evaluation, by_fingerprint) if evaluation else []
    return Head(
        head=head,
        fidelity=student.metrics["heads"][head.position],
        teacher_name=teacher,
        rating_set=rating_set,
        evaluation=evaluation,
        student=comparisons.of_student(machines),
        teacher=next((one for one in machines if one.student is None and one.name == teacher), None),
    )


def _teachers(student: Student) -> dict[int, str]:
    """Definition -> name of the annotator whose labels it learnt from."""
    sources = SilverSource.objects.filter(silver_set=student.silver_set_id)
    return dict(sources.values_list("definition", "run__annotator__name").distinct())


def _rating_sets(heads: list[StudentHead]) -> dict[int, RatingSet]:
    """Definition -> its most telling golden set."""
    if not heads:
        return {}
    golden = sets.golden(heads[0].definition.attribute.corpus)
    of_heads = golden.filter(definition__in=[head.definition_id for head in heads])
    return {one.definition_id: one for one in sets.best_first(of_heads).distinct("definition__attribute")}


def _evaluations(student: Student, rating_sets: list[RatingSet]) -> dict[int, Evaluation]:
    """Rating set -> the newest dev evaluation that the student took part in."""
    found = Evaluation.objects.filter(
        rating_set__in=rating_sets,
        split=RatingItem.Split.DEV,
        reference=Evaluation.Reference.LEAVE_ONE_OUT,
        inputs__annotators__contains=[{"fingerprint": fingerprint_of(student)}],
    )
    return {one.rating_set_id: one for one in found.order_by("rating_set", "-pk").distinct("rating_set")}


def evaluate(*, student: Student, user: User | None, on_progress: Progress = lambda done, total: None) -> int:
    """Hold the student against the humans on dev, for every head with a golden set; returns how many."""
    done = 0
    found = heads(student)
    for k, entry in enumerate(found):
        on_progress(k, len(found))
        if entry.rating_set is not None:
            comparisons.create(
                rating_set=entry.rating_set,
                split=RatingItem.Split.DEV,
                reference=Evaluation.Reference.LEAVE_ONE_OUT,
                student=student,
                user=user,
            )
            done += 1
    return done
