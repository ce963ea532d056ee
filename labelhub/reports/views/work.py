"""How far figures are that are computed in the background."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from attributes.domain import access, jobs
from attributes.models import Job
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import work


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The job under way; once it has ended well, what it made."""
    job = jobs.get(request.corpus, uid)
    if job is None or job.kind != work.KIND:
        raise Http404("no such work")
    if job.state == Job.State.DONE or (job.params["what"] == "all" and job.state not in jobs.OPEN):
        url = _made(request, job)
        return HttpResponseClientRedirect(url) if request.htmx else redirect(url)
    return render(request, "reports/_work.html" if request.htmx else "reports/work.html", {"job": job})


def _made(request: CorpusRequest, job: Job) -> str:
    result, slug = job.result or {}, request.corpus.slug
    if "evaluation" in result:
        return reverse("reports:evaluation", args=[slug, result["evaluation"]])
    if "attributes" in result:
        return reverse("reports:attributes_snapshot", args=[slug, result["attributes"]])
    if "alt_test" in result:
        return reverse("reports:alt_test", args=[slug, result["alt_test"]])
    if "agreement" in result:
        return reverse("reports:agreement_snapshot", args=[slug, result["agreement"], result["snapshot"]])
    if "calibration" in result:
        return reverse("reports:calibration_snapshot", args=[slug, result["rating_set"], result["calibration"]])
    if "student" in result:
        return reverse("reports:student", args=[slug, result["student"]])
    return reverse("reports:index", args=[slug])
