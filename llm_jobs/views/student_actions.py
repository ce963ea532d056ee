"""What people do with a student: compare it with humans, score the corpus, publish scores."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from attributes.domain import access
from attributes.models import Definition
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import jobs, scores
from ..domain.student_report import report
from ..forms import PublishForm, ScoreForm
from ..models import ScoreSet, Student
from .students import student_or_404


@corpus_view(access.EDIT, methods=["POST"])
def score(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Score the whole corpus; publish for the chosen attributes, or keep the scores for later."""
    student = student_or_404(request, uid)
    form = ScoreForm(_publishable(student), request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was scored. {_faults(form)}")
        return redirect("llm_jobs:student", request.corpus.slug, uid)
    chosen = form.chosen() if form.cleaned_data["then"] == "publish" else []
    job = jobs.ask_for_scores(student=student, definitions=chosen, actor=request.user)
    ring(job)
    if job.params["definitions"] != sorted(definition.pk for definition in chosen):
        messages.warning(request, "This student is scoring the corpus already, as it was asked before. Publish after.")
    elif chosen:
        messages.success(request, "The corpus is being scored. Readers keep the old scores until it is done.")
    else:
        messages.success(request, "The corpus is being scored. What readers get does not change.")
    return redirect("llm_jobs:student", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=["POST"])
def compare(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Hold the student against the raters of each attribute's newest golden set, dev split."""
    student = student_or_404(request, uid)
    found = report(student, user=request.user)["attributes"]
    for slug, entry in found.items():
        if reason := entry["f1"].get("reason") if entry["f1"]["value"] is None else None:
            messages.warning(request, f"{slug}: {reason}.")
    return redirect("llm_jobs:student", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=["POST"])
def publish(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Let scores that were made before serve: this student's, or an earlier publication's again."""
    student = student_or_404(request, uid)
    form = PublishForm(_publishable(student), request.POST)
    if not form.is_valid():
        messages.error(request, f"Nothing was published. {_faults(form)}")
        return redirect("llm_jobs:student", request.corpus.slug, uid)
    score_set = get_object_or_404(
        ScoreSet.objects.select_related("student"), uid=form.cleaned_data["score_set"], corpus=request.corpus
    )
    try:
        made = scores.publish(
            score_set=score_set, definitions=form.chosen(), note=form.cleaned_data["note"], actor=request.user
        )
    except (BadInput, Refused) as error:
        messages.error(request, f"Nothing was published: {error}.")
    else:
        names = ", ".join(str(publication.definition) for publication in made)
        messages.success(request, f"The scores of {score_set.student} serve {names} now.")
    return redirect("llm_jobs:student", request.corpus.slug, uid)


def _publishable(student: Student) -> list[Definition]:
    heads = [head.definition for head in student.heads.all()]
    return [definition for definition in heads if definition.state == Definition.State.PUBLISHED]


def _faults(form: Form) -> str:
    return " ".join(str(message) for found in form.errors.values() for message in found)
