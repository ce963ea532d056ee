"""What is known of a student."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from attributes.domain import access
from attributes.models import Corpus
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput
from llm_jobs.models import Student

from .. import words
from ..charts import student as charts
from ..charts.chart import Chart
from ..domain import comparisons, student_reports, work
from ..domain.student_reports import Head
from . import computed_from
from .common import csv_of, shown, student_or_404


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    student = student_or_404(request.corpus, uid)
    heads = student_reports.heads(student)
    measured = [head for head in heads if head.student]
    keeping = [head for head in measured if head.close and head.close.kind == "good"]
    context = {
        "student": student,
        "heads": heads,
        "measured": measured,
        "keeping": keeping,
        "goal": words.GOAL,
        "computed": _computed_from(request.corpus, student, heads),
        "charts": shown(
            _charts(student, heads),
            lambda key: reverse("reports:student_csv", args=[request.corpus.slug, uid, key]),
        ),
    }
    return render(request, "reports/student.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def evaluate(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Hold the student against the humans on the dev part of each of its golden sets."""
    student = student_or_404(request.corpus, uid)
    if student_reports.takes_long(student):
        job = work.ask_for_student(student=student, user=request.user)
        ring(job)
        return redirect("reports:work", request.corpus.slug, job.uid)
    try:
        n = student_reports.evaluate(student=student, user=request.user)
    except BadInput as error:
        messages.error(request, str(error))
    else:
        if n:
            messages.success(request, f"Compared on {words.several(n, 'golden set')}.")
        else:
            messages.warning(request, "None of its attributes has a golden set under its definition.")
    return redirect("reports:student", request.corpus.slug, uid)


@corpus_view(access.ANALYSE)
def chart_csv(request: CorpusRequest, uid: uuid.UUID, chart: str) -> HttpResponse:
    student = student_or_404(request.corpus, uid)
    return csv_of(_charts(student, student_reports.heads(student)), chart, f"student-{str(uid)[:8]}")


def _computed_from(corpus: Corpus, student: Student, heads: list[Head]) -> computed_from.ComputedFrom:
    evaluations = [head.evaluation for head in heads if head.evaluation is not None]
    current = not any(comparisons.newer_labels(one) for one in evaluations)
    return computed_from.of_student(corpus, student, evaluations, current=current)


def _charts(student: Student, heads: list[Head]) -> list[Chart]:
    found = [charts.curve(student.metrics["curve"])]
    for head in heads:
        if head.student is None or head.pooled is None:
            continue
        rows = [(head.student.row, "student"), (head.pooled, "human")]
        if head.teacher is not None:
            rows.insert(1, (head.teacher.row, "llm"))
        attribute = head.head.definition.attribute
        found.append(charts.beside(f"f1-{attribute.slug}", f"F1 on {attribute.name}", rows, words.GOAL))
    return found
