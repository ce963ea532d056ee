"""Runs: the list, the page with its live progress, and what people do to a run."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from .. import tasks
from ..domain import runs
from ..forms import MICRO, BudgetForm
from ..models import Annotator, Run
from ..queries import progress
from ..queries import runs as queries
from . import words
from .pages import page_of

EXAMPLES = 3


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    found = Run.objects.filter(corpus=request.corpus).select_related("annotator", "created_by")
    page = page_of(request, found.prefetch_related("run_definitions__definition__attribute"))
    counts = queries.counts_of(page.rows)
    for run in page.rows:
        run.progress = progress.from_counts(counts[run.pk])  # type: ignore[attr-defined]
        run.kind = words.RUN_KINDS[Run.State(run.state)]  # type: ignore[attr-defined]
    at_work = Run.objects.filter(corpus=request.corpus, state__in=queries.OPEN).count()
    may_edit = not request.roles.isdisjoint(access.EDIT)
    return render(request, "llm_jobs/runs.html", {"page": page, "at_work": at_work, "may_edit": may_edit})


@corpus_view(access.ANALYSE)
def detail(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    return render(request, "llm_jobs/run.html", facts(request, run_or_404(request, uid)))


@corpus_view(access.ANALYSE)
def live(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The part of the page that a run in progress keeps asking for."""
    return render(request, "llm_jobs/_run_live.html", facts(request, run_or_404(request, uid)))


def run_or_404(request: CorpusRequest, uid: uuid.UUID) -> Run:
    found = Run.objects.select_related("annotator", "created_by", "corpus")
    return get_object_or_404(found, corpus=request.corpus, uid=uid)


def facts(request: CorpusRequest, run: Run) -> dict[str, Any]:
    """Everything the run's page says."""
    made = progress.of(run, timezone.now())
    paid = run.annotator.backend == Annotator.Backend.CLAUDE
    rows = run.run_definitions.select_related("definition__attribute")
    budget = BudgetForm(initial={"budget": f"{2 * run.budget / MICRO:.2f}"}) if paid else None
    return {
        "run": run,
        "definitions": [row.definition for row in rows],
        "progress": made,
        "kind": words.RUN_KINDS[Run.State(run.state)],
        "is_open": run.state in queries.OPEN,
        "is_over": run.state in (Run.State.DONE, Run.State.CANCELLED),
        "paid": paid,
        "imported": run.annotator.backend == Annotator.Backend.IMPORTED,
        "unsettled": queries.unsettled(run) if paid else None,
        "failures": failures(run),
        "left": words.duration(made.seconds_left) if made.seconds_left else "",
        "may_edit": not request.roles.isdisjoint(access.EDIT),
        "budget_form": budget,
    }


def failures(run: Run) -> list[dict[str, Any]]:
    """Reasons with their number and a few items, none of a sealed test."""
    found = []
    for code, n in queries.failures(run).items():
        failed = queries.shown_items(run).filter(annotations__failure_code=code)
        if code == "worker_lost":
            failed = queries.shown_items(run).filter(failure_code=code)
        examples = [row.item for row in failed.select_related("item").order_by("pk")[:EXAMPLES]]
        found.append({"code": code, "reason": words.failure(code), "n": n, "examples": examples})
    return found


Action = Callable[[Run, CorpusRequest], str]


def _act(request: CorpusRequest, uid: uuid.UUID, action: Action) -> HttpResponse:
    """Do something to a run, say what was done or why not, and go back to its page."""
    run = run_or_404(request, uid)
    try:
        messages.success(request, action(run, request))
    except (BadInput, Refused) as error:
        messages.error(request, f"{str(error)[:1].upper()}{str(error)[1:]}.")
    return redirect("llm_jobs:run", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=["POST"])
def pause(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    def action(run: Run, request: CorpusRequest) -> str:
        runs.pause(run=run, reason="by hand", actor=request.user)
        return "Paused. What is under way is finished; nothing more is sent."

    return _act(request, uid, action)


@corpus_view(access.EDIT, methods=["POST"])
def resume(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    def action(run: Run, request: CorpusRequest) -> str:
        runs.resume(run=run, actor=request.user)
        tasks.ring(run)
        return "The run goes on."

    return _act(request, uid, action)


@corpus_view(access.EDIT, methods=["POST"])
def cancel(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    def action(run: Run, request: CorpusRequest) -> str:
        runs.cancel(run=run, actor=request.user)
        return "Cancelled. The labels made so far stay readable, and count nowhere."

    return _act(request, uid, action)


@corpus_view(access.EDIT, methods=["POST"])
def retry(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    def action(run: Run, request: CorpusRequest) -> str:
        n = runs.retry_failed(run=run, actor=request.user)
        if not n:
            return "Nothing has failed."
        tasks.ring(run)
        return f"{n:,} failed items are tried again."

    return _act(request, uid, action)


@corpus_view(access.EDIT, methods=["POST"])
def budget(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Set the budget; a run that stopped for want of it goes on."""
    form = BudgetForm(request.POST)

    def action(run: Run, request: CorpusRequest) -> str:
        if not form.is_valid():
            raise BadInput(f"budget: {form.errors['budget'].as_text().removeprefix('* ')}".rstrip("."))
        runs.set_budget(run=run, budget=int(form.cleaned_data["budget"] * MICRO), actor=request.user)
        if run.state == Run.State.PAUSED:
            runs.resume(run=run, actor=request.user)
            tasks.ring(run)
        return f"The budget is ${form.cleaned_data['budget']:.2f} now."

    return _act(request, uid, action)
