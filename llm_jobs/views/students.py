"""Students: the list with the work under way, the form that trains one, and a student's page."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from attributes.domain import access, definitions
from attributes.models import Corpus, Definition, Job
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused
from labelhub.lib.pages import bounded_count

from ..domain import jobs as asked
from ..domain.students import fingerprint
from ..forms import StudentForm
from ..models import Publication, ScoreSet, Student, StudentHead
from ..queries import annotations as labels
from ..queries import students as queries
from ..queries.scores import without_score
from . import charts
from .pages import page_of
from .words import publish_warning

RECENT_JOBS = 5
HISTORY = 20


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    page = page_of(request, queries.page(request.corpus))
    heads = [head for student in page.rows for head in student.heads.all()]
    prints = {student.pk: fingerprint(student) for student in page.rows}
    f1 = queries.f1_of(list(prints.values()), heads)
    serving = {(row.score_set.student_id, row.definition_id) for row in queries.served(request.corpus)}
    for student in page.rows:
        student.rows = [  # type: ignore[attr-defined]
            {
                "head": head,
                "fidelity": student.metrics["heads"][head.position]["fidelity"]["top1_agreement"],
                "f1": f1.get((prints[student.pk], head.definition_id)),
                "serves": (student.pk, head.definition_id) in serving,
                "teacher": teacher_names(student)[head.definition.hash],
            }
            for head in student.heads.all()
        ]
    context = {"page": page, "serving": len(serving), "may_edit": not request.roles.isdisjoint(access.EDIT)}
    return render(request, "llm_jobs/students.html", context | _jobs(request.corpus))


@corpus_view(access.ANALYSE)
def jobs(request: CorpusRequest) -> HttpResponse:
    """The part of the pages that keeps asking while something is under way."""
    found = _jobs(request.corpus)
    response = render(request, "llm_jobs/_student_jobs.html", found)
    if not found["is_busy"]:
        response["HX-Refresh"] = "true"  # what was made is on the page now
    return response


def _jobs(corpus: Corpus) -> dict[str, Any]:
    recent = list(queries.jobs(corpus)[:RECENT_JOBS])
    under_way = [job for job in recent if job.state in (Job.State.QUEUED, Job.State.LEASED)]
    failed = [job for job in recent[:1] if job.state == Job.State.FAILED]
    return {"jobs": under_way or failed, "is_busy": bool(under_way), "newest_job": recent[0] if recent else None}


@corpus_view(access.ANALYSE)
def unscored(request: CorpusRequest) -> HttpResponse:
    """What serves and does not cover the corpus any more: asked for by pages that do not wait for it."""
    serving: dict[ScoreSet, list[Definition]] = {}
    for row in queries.served(request.corpus).order_by("pk"):
        serving.setdefault(row.score_set, []).append(row.definition)
    counted = [
        {"score_set": score_set, "definitions": served, "n": bounded_count(without_score(score_set))}
        for score_set, served in serving.items()
    ]
    context = {
        "stale": [row for row in counted if row["n"].value],  # type: ignore[attr-defined]
        "may_edit": not request.roles.isdisjoint(access.EDIT),
    }
    return render(request, "llm_jobs/_unscored.html", context)


def teacher_names(student: Student) -> dict[str, str]:
    """Teacher by the definition's hash."""
    return {row["definition"]: row["annotator"] for row in student.silver_set.spec["teachers"]}


@corpus_view(access.EDIT, methods=["GET", "POST"])
def new(request: CorpusRequest) -> HttpResponse:
    teachers = _teachers(request.corpus)
    form = StudentForm(teachers, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = asked.ask_for_student(
                corpus=request.corpus, teachers=form.chosen(), seed=form.cleaned_data["seed"], actor=request.user
            )
        except (BadInput, Refused) as error:
            form.add_error(None, str(error))
        else:
            ring(job)
            return redirect("llm_jobs:students", request.corpus.slug)
    return render(
        request,
        "llm_jobs/student_new.html",
        {"form": form, "can_train": bool(teachers)},
        status=422 if form.errors else 200,
    )


def _teachers(corpus: Corpus) -> list[tuple[Definition, list[labels.Teacher]]]:
    """Attributes in force that an annotator has labeled, with those annotators."""
    found = []
    for attribute in corpus.attributes.order_by("name").prefetch_related("definitions"):
        if not any(definition.state == Definition.State.PUBLISHED for definition in attribute.definitions.all()):
            continue
        definition = definitions.latest_published(attribute)
        if fits := labels.teachers(definition):
            found.append((definition, fits))
    return found


def student_or_404(request: CorpusRequest, uid: uuid.UUID) -> Student:
    return get_object_or_404(queries.page(request.corpus).select_related("corpus"), uid=uid)


@corpus_view(access.ANALYSE)
def detail(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    student = student_or_404(request, uid)
    heads = [_head(student, head) for head in student.heads.all()]
    published = list(queries.publications(list(student.heads.all()))[:HISTORY])
    current = {row.definition_id: row for row in queries.served(request.corpus)}
    for row in published:
        row.now = current.get(row.definition_id)  # type: ignore[attr-defined]
    sets = list(student.score_sets.filter(state=ScoreSet.State.COMPLETE).order_by("-pk")[:HISTORY])
    context = {
        "student": student,
        "heads": heads,
        "teachers": sorted(set(teacher_names(student).values())),
        "publications": published,
        "choices": [_choice(row, current.get(row["head"].definition_id)) for row in heads],
        "newest_set": sets[0] if sets else None,
        "serving": [row for row in current.values() if row.score_set.student_id == student.pk],
        "score_sets": sets,
        "unpublished": _unpublished(sets, heads, current),
        "curve": charts.training_curve(student.metrics["curve"]),
        "n_corpus": request.corpus.items.filter(removed_at=None).count(),
        "may_edit": not request.roles.isdisjoint(access.EDIT),
    }
    return render(request, "llm_jobs/student.html", context | _jobs(request.corpus))


def _head(student: Student, head: StudentHead) -> dict[str, Any]:
    """A head's fidelity, and its F1 beside those of its teacher and the pooled raters on the same pairs."""
    metrics = student.metrics["heads"][head.position]
    evaluation = queries.evaluation_with(fingerprint(student), head)
    teacher = teacher_names(student)[head.definition.hash]
    row: dict[str, Any] = {"head": head, "fidelity": metrics["fidelity"], "teacher": teacher}
    if evaluation is None:
        return row
    rows = {found["name"]: found for found in evaluation.result["annotators"]}
    labelers = [
        {"name": "This student", "kind": "student", "row": rows[str(student)]},
        {"name": f"{teacher}, its teacher", "kind": "llm", "row": rows.get(teacher)},
        {"name": "Pooled raters", "kind": "human", "row": evaluation.result["pooled_raters"]},
    ]
    f1 = {"f1": rows[str(student)]["f1"], "teacher_f1": rows[teacher]["f1"] if teacher in rows else None}
    return row | f1 | {"evaluation": evaluation, "labelers": labelers}


def _choice(row: dict[str, Any], now: Publication | None) -> dict[str, Any]:
    """A head as the dialogs offer it for publishing: its figures, what serves now, and what speaks against it."""
    return row | {
        "may_serve": row["head"].definition.state == Definition.State.PUBLISHED,
        "now": now,
        "warning": publish_warning(row.get("f1"), row.get("teacher_f1")),
    }


def _unpublished(sets: list[ScoreSet], heads: list[dict[str, Any]], current: dict[int, Publication]) -> bool:
    """Whether the newest scores of the student could serve something that they do not serve."""
    wanted = [row["head"].definition for row in heads if row["head"].definition.state == Definition.State.PUBLISHED]
    serves = {pk for pk, row in current.items() if sets and row.score_set_id == sets[0].pk}
    return bool(sets) and any(definition.pk not in serves for definition in wanted)
