"""All reports of a corpus."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view

from .. import words
from ..domain import overview, work
from .common import page_of


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    """One line per attribute, out of stored figures."""
    lines = overview.lines(request.corpus)
    shown, pagination = page_of(lines, request.GET.get("page", ""), request.path)
    passed = [line for line in lines if line.best and (line.best.row["f1"]["value"] or 0) >= words.GOAL]
    measured = [line for line in lines if line.snapshot]
    state = (
        f"{words.several(len(lines), 'attribute')}: raters' agreement is measured for {len(measured)}, and a machine "
        f"reaches the goal of F1 {words.GOAL:.2f} on {len(passed) or 'none'}."
    )
    waiting = any(line.rating_set and not (line.snapshot and line.evaluation and line.prevalence) for line in lines)
    context = {"lines": shown, "pagination": pagination, "state": state, "waiting": waiting, "goal": words.GOAL,
               "job": work.newest(request.corpus)}  # fmt: skip
    return render(request, "reports/index.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def refresh(request: CorpusRequest) -> HttpResponse:
    """Have every attribute's figures brought up to date; the page shows how far that is."""
    job = work.ask_for_all(corpus=request.corpus, user=request.user)
    ring(job)
    return redirect("reports:index", request.corpus.slug)
