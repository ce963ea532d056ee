"""Background work: what runs, how far it is, how it ended."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from labelhub.lib.errors import Refused

from .. import tasks
from ..domain import access, jobs
from ..models import Job
from .access import CorpusRequest, corpus_view
from .shared import listed, said

# What a page says of a state: kind of pill, word.
STATES = {
    Job.State.QUEUED: ("neutral", "Waiting"),
    Job.State.LEASED: ("accent", "Running"),
    Job.State.DONE: ("good", "Done"),
    Job.State.FAILED: ("bad", "Failed"),
    Job.State.CANCELLED: ("neutral", "Cancelled"),
}
LOST = "Its worker was lost at every attempt; the server's log has the details."
RESULT_LABELS = {"ignored_columns": "Columns not read", "f1": "F1"}


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    """The corpus's jobs, newest first."""
    mine = Job.objects.filter(corpus=request.corpus).select_related("created_by")
    page = listed(request, mine, newest_first=True)
    rows = [{"job": job, "status": _status(job)} for job in page.rows]
    can_embed = not request.roles.isdisjoint(access.EDIT)
    return render(request, "attributes/jobs.html", {"page": page, "rows": rows, "can_embed": can_embed})


@corpus_view(access.ANALYSE)
def show(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The job; asked by the page's own polling, only the part that changes."""
    job = _job(request, uid)
    running = job.state in jobs.OPEN
    context = {
        "job": job,
        "status": _status(job),
        "running": running,
        "problem": (job.error or LOST) if job.state == Job.State.FAILED else "",
        "all_or_nothing": job.kind == Job.Kind.IMPORT_CORPUS,
        "facts": [] if running else _facts(job),
        "can_cancel": running and not request.roles.isdisjoint(access.EDIT),
    }
    name = "attributes/job_state.html" if request.htmx else "attributes/job.html"
    return render(request, name, context)


@corpus_view(access.EDIT, methods=("POST",))
def cancel(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    job = _job(request, uid)
    try:
        jobs.cancel(job=job, actor=request.user)
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, "The job is cancelled.")
    return redirect("attributes:job", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=("POST",))
def embed(request: CorpusRequest) -> HttpResponse:
    """Ask for the embeddings that items lack."""
    job = jobs.enqueue(corpus=request.corpus, kind=Job.Kind.EMBED, params={}, dedupe="", created_by=request.user)
    tasks.ring(job)
    return redirect("attributes:job", request.corpus.slug, job.uid)


def _status(job: Job) -> dict[str, str]:
    kind, text = STATES[Job.State(job.state)]
    return {"kind": kind, "text": text}


def _facts(job: Job) -> list[tuple[str, str]]:
    """The result as label and text."""
    result = job.result if isinstance(job.result, dict) else {}
    return [(RESULT_LABELS.get(key, key.replace("_", " ").capitalize()), _text(value)) for key, value in result.items()]


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(map(str, value[:50])) or "none"
    return "n/a" if value is None else str(value)


def _job(request: CorpusRequest, uid: uuid.UUID) -> Job:
    job = jobs.get(request.corpus, uid)
    if job is None:
        raise Http404("no such job")
    return job
