"""The app's background jobs: asked for by pages, worked by `attributes.domain.jobs.run`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction

from attributes.domain import jobs
from attributes.domain.jobs import Progress
from attributes.models import Corpus, Definition, Job
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput

from ..models import Student
from . import scores, silver, students
from .student_report import report


@transaction.atomic
def ask_for_student(
    *, corpus: Corpus, teachers: Mapping[Definition, str | None], seed: int, actor: User | None = None
) -> Job:
    """Have a student trained, a head per definition, each from the named annotator's labels.

    Raises `BadInput` at once where no teacher fits or several do, before anything waits in a queue.
    """
    if not teachers:
        raise BadInput("name at least one attribute")
    heads = [
        {"definition": definition.pk, "teacher": silver.teacher_of(definition, name).name}
        for definition, name in teachers.items()
    ]
    params: dict[str, Any] = {"heads": heads, "seed": seed}
    return jobs.enqueue(
        corpus=corpus, kind=Job.Kind.TRAIN_STUDENT, params=params, dedupe=digest(params)[:32], created_by=actor
    )


def train_student(job: Job, progress: Progress) -> dict[str, Any]:
    """Freeze the silver set, train, and hold the student against humans where there is a golden set."""
    wanted = job.params["heads"]
    found = Definition.objects.filter(attribute__corpus=job.corpus).select_related("attribute__corpus")
    definitions = found.in_bulk([head["definition"] for head in wanted])
    teachers = [
        (definition, silver.teacher_of(definition, head["teacher"]))
        for head in wanted
        for definition in [definitions[head["definition"]]]
    ]
    frozen = silver.freeze(corpus=job.corpus, teachers=teachers, seed=job.params["seed"], actor=job.created_by)
    student = students.train(
        silver=frozen,
        definitions=[definition for definition, _ in teachers],
        seed=job.params["seed"],
        actor=job.created_by,
        on_progress=progress,
    )
    report(student, user=job.created_by)
    return {"student": str(student.uid)}


@transaction.atomic
def ask_for_scores(*, student: Student, definitions: Collection[Definition], actor: User | None = None) -> Job:
    """Have the whole corpus scored and the scores published for the definitions."""
    params = {"student": student.pk, "definitions": sorted(definition.pk for definition in definitions)}
    return jobs.enqueue(
        corpus=student.corpus,
        kind=Job.Kind.SCORE_CORPUS,
        params=params,
        dedupe=str(student.uid),
        created_by=actor,
    )


def score_corpus(job: Job, progress: Progress) -> dict[str, Any]:
    student = Student.objects.select_related("corpus", "encoder").get(pk=job.params["student"], corpus=job.corpus)
    definitions = Definition.objects.filter(pk__in=job.params["definitions"])
    score_set = scores.score_corpus(
        student=student, definitions=list(definitions), actor=job.created_by, on_progress=progress
    )
    return {"student": str(student.uid), "score_set": str(score_set.uid), "scored": score_set.n_items}
