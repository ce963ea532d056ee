"""Starting a run: the form, and what it would cost."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused

from .. import tasks
from ..domain import annotators, estimates, runs
from ..forms import NO_KEY, EstimateForm, RunForm
from ..models import Run


@corpus_view(access.EDIT, methods=["GET", "POST"])
def new(request: CorpusRequest) -> HttpResponse:
    form = RunForm(request.corpus, request.POST or None, initial=_asked_for(request))
    if request.method == "POST" and form.is_valid():
        try:
            run = _start(request, form)
        except (BadInput, Refused) as error:
            form.add_error(None, str(error))
        else:
            return redirect("llm_jobs:run", request.corpus.slug, run.uid)
    context = {"form": form, "no_key": "" if settings.ANTHROPIC_API_KEY else NO_KEY}
    return render(request, "llm_jobs/run_new.html", context, status=422 if form.errors else 200)


def _asked_for(request: CorpusRequest) -> dict[str, object]:
    """A link may name the attributes: `?attribute=calming`."""
    named = request.GET.getlist("attribute")
    return {"attributes": named} if named else {}


@transaction.atomic
def _start(request: CorpusRequest, form: RunForm) -> Run:
    items, purpose = form.chosen_items()
    run = runs.create(
        annotator=annotators.resolve(request.corpus, form.cleaned_data["annotator"]),
        definitions=form.chosen_definitions(),
        items=items,
        purpose=purpose,
        budget=form.micro_budget,
        seed=form.cleaned_data["seed"],
        created_by=request.user,
        uid=form.cleaned_data["key"],
    )
    tasks.ring(run)
    return run


@corpus_view(access.EDIT)
def estimate(request: CorpusRequest) -> HttpResponse:
    """What the form as it stands would cost; a part of its page."""
    form = EstimateForm(request.corpus, request.GET)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        try:
            items, _ = form.chosen_items()
            context["n"] = items.count()
            if form.model:
                config = annotators.claude_config(form.model)
                context["estimate"] = estimates.estimate(
                    config, form.chosen_definitions(), items, seed=form.cleaned_data["seed"]
                )
        except (BadInput, Refused) as error:
            context["problem"] = str(error)
    return render(request, "llm_jobs/_estimate.html", context)
