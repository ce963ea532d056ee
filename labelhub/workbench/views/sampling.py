"""A new golden set: the form, and what the draw will give and cost while it is filled in.

It stands above raters and machines, since a set may be drawn by what either is unsure of.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone

from attributes.domain import access
from attributes.models import Definition
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused
from raters.domain import sets
from raters.domain.designs import Design, Method, Sizes
from raters.forms.planning import WIDTH, PlanForm
from raters.forms.sets import DrawFields, SetForm, definition_choices
from raters.models import RatingSet

from ..domain import leads, plans

SHOWN_STRATA = 12


@corpus_view(access.EDIT, methods=("GET", "POST"))
def new(request: CorpusRequest) -> HttpResponse:
    """Draw a set as a draft."""
    posted = request.POST if request.method == "POST" else None
    definition = _definition(request, request.POST or request.GET)
    found = leads.leads(definition.attribute) if definition else []
    initial = {"definition": str(definition.uid)} if definition else {}
    form = SetForm(posted, corpus=request.corpus, leads=found, initial=initial)
    if posted is not None and form.is_valid():
        try:
            created = _sample(request, form)
        except (BadInput, Refused) as error:
            form.blame(error)
        else:
            messages.success(request, f"{created.name} is drawn. Look at its design, then open it for rating.")
            return redirect("raters:set_design", request.corpus.slug, created.uid)
    context = {
        "form": form,
        "plan_form": PlanForm(),
        "methods": form.methods(),
        "preview_fields": ",".join([*DrawFields.base_fields, *PlanForm.base_fields]),
    }
    return render(request, "workbench/set_new.html", context, status=422 if form.errors else 200)


def _sample(request: CorpusRequest, form: SetForm) -> RatingSet:
    definition = form.chosen_definition()
    return sets.sample(
        definition=definition,
        name=form.cleaned_data["name"],
        design=form.design(_sizes(form, definition)),
        raters=form.chosen_raters(),
        rationale_mode=form.cleaned_data["rationale_mode"],
        confidence_mode=form.cleaned_data["confidence_mode"],
        controls=form.controls(request.corpus),
        actor=request.user,
    )


@corpus_view(access.EDIT)
def preview(request: CorpusRequest) -> HttpResponse:
    """What the form as it stands would draw, what that tells and costs; a part of its page."""
    definition = _definition(request, request.GET)
    found = leads.leads(definition.attribute) if definition else []
    form = DrawFields(request.GET, corpus=request.corpus, leads=found)
    wishes = PlanForm(request.GET)
    context: dict[str, Any] = {"form": form, "plan_form": wishes}
    if form.is_valid() and wishes.is_valid():
        chosen = form.chosen_definition()
        design = form.design(_sizes(form, chosen))
        try:
            context |= _shown(plans.outlook(chosen.attribute, design, _wish(wishes), timezone.now()), design)
        except BadInput as error:
            form.blame(error)
    return render(request, "workbench/set_preview.html", context)


def _shown(outlook: plans.Outlook, design: Design) -> dict[str, Any]:
    strata = outlook.forecast.strata
    return {
        "outlook": outlook,
        "strata": strata[:SHOWN_STRATA],
        "more_strata": max(len(strata) - SHOWN_STRATA, 0),
        "effective_n": round(design.size * (outlook.forecast.effective or 1)),
    }


@corpus_view(access.EDIT)
def go_by(request: CorpusRequest) -> HttpResponse:
    """The field that says what a draw may go by, for another definition; a part of the form."""
    definition = _definition(request, request.GET)
    found = leads.leads(definition.attribute) if definition else []
    form = DrawFields(corpus=request.corpus, leads=found)
    return render(request, "workbench/set_go_by.html", {"form": form})


def _definition(request: CorpusRequest, data: QueryDict) -> Definition | None:
    """The one chosen, the first of those offered by default; None where none is published."""
    offered = [uid for uid, _ in definition_choices(request.corpus)]
    chosen = data.get("definition", "")
    uid = chosen if chosen in offered else next(iter(offered), None)
    return Definition.objects.select_related("attribute__corpus").filter(uid=uid).first() if uid else None


def _sizes(form: DrawFields, definition: Definition) -> Sizes | None:
    if form.cleaned_data["method"] != Method.BY_SIZE:
        return None
    return leads.sizes_by(definition.attribute, form.cleaned_data["by"])


def _wish(form: PlanForm) -> plans.Wish:
    data = form.cleaned_data
    by_width = data["aim"] == WIDTH
    return plans.Wish(
        width=(data["width"] or 10) / 100 if by_width else None,
        power=None if by_width else (data["power"] or 80) / 100,
        epsilon=0.2 if data["epsilon"] is None else data["epsilon"],
        prevalence=None if data["prevalence"] is None else data["prevalence"] / 100,
        seconds=data["seconds"],
    )
