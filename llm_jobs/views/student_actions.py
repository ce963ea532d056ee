"""What people do with a student: compare it with humans, score the corpus, publish scores again."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from attributes.domain import access
from attributes.models import Definition
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from ..domain import jobs, scores
from ..domain.student_report import report
from ..forms import PublishForm
from ..models import Publication
from .students import student_or_404


@corpus_view(access.EDIT, methods=["POST"])
def score(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Score the whole corpus and publish for every attribute whose version in force the student knows."""
    student = student_or_404(request, uid)
    heads = [head.definition for head in student.heads.all()]
    job = jobs.ask_for_scores(
        student=student,
        definitions=[definition for definition in heads if definition.state == Definition.State.PUBLISHED],
        actor=request.user,
    )
    ring(job)
    messages.success(request, "The corpus is being scored. Readers keep the old scores until it is done.")
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
    """Let the scores of an earlier publication serve again."""
    form = PublishForm(request.POST)
    if form.is_valid():
        earlier = get_object_or_404(
            Publication.objects.select_related("definition", "score_set__student"),
            uid=form.cleaned_data["publication"],
            score_set__corpus=request.corpus,
        )
        try:
            scores.publish_head(
                score_set=earlier.score_set,
                definition=earlier.definition,
                note=form.cleaned_data["note"],
                actor=request.user,
            )
            messages.success(request, f"{earlier.score_set.student} serves {earlier.definition} again.")
        except (BadInput, Refused) as error:
            messages.error(request, str(error))
    else:
        messages.error(request, "Nothing was published: the form was not complete.")
    return redirect("llm_jobs:student", request.corpus.slug, uid)
