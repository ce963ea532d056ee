"""The items behind a figure: opened by a recorded act, then read."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import fields
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.models import Evaluation

from ..domain import cases
from ..domain.cases import PEERS, PEERS_AND_MACHINE
from ..domain.disagreement import Wanted
from .common import evaluation_or_404, page_of, rating_set_or_404


@corpus_view(access.ANALYSE)
def disputed(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Dev items whose raters disagree, the most disputed first; all of them, or those of one cell of the report."""
    rating_set = rating_set_or_404(request.corpus, uid)
    wanted = _wanted(request.GET)
    try:
        items = cases.disputed(rating_set, wanted)
    except BadInput as error:
        raise Http404(str(error)) from None
    query = urlencode(wanted.chosen)
    rows, pagination = page_of(items, request.GET.get("page", ""), request.path, f"{query}&" if query else "")
    opened = cases.has_opened(request.user, rating_set, items, PEERS)
    described = cases.describe(rating_set, rows) if opened else []
    if wanted.model and described:
        described = cases.with_posteriors(rating_set, described)
    context = {
        "rating_set": rating_set,
        "attribute": rating_set.definition.attribute,
        "n": len(items),
        "limit": cases.LIMIT,
        "opened": opened,
        "wanted": wanted.chosen,
        "which": cases.described(rating_set, wanted),
        "cases": described,
        "pagination": pagination,
        "open_url": reverse("reports:disputed_open", args=[request.corpus.slug, uid]),
    }
    return render(request, "reports/disputed.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def open_disputed(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the person sees the raters' answers, and show them."""
    rating_set = rating_set_or_404(request.corpus, uid)
    wanted = _wanted(request.POST)
    cases.open_cases(user=request.user, rating_items=cases.disputed(rating_set, wanted), kinds=PEERS)
    url = reverse("reports:disputed", args=[request.corpus.slug, uid])
    return redirect(f"{url}?{urlencode(wanted.chosen)}" if wanted.chosen else url)


def _wanted(asked: QueryDict) -> Wanted:
    return Wanted(**{one.name: asked.get(one.name, "") for one in fields(Wanted)})


@corpus_view(access.ANALYSE)
def differing(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Dev items on which a machine differs from the raters' majority, with both sides' reasons."""
    evaluation = evaluation_or_404(request.corpus, uid)
    name = request.GET.get("annotator", "")
    try:
        items = cases.differing(evaluation, name)
    except Refused as error:
        return render(request, "reports/sealed.html", {"evaluation": evaluation, "reason": str(error)}, status=403)
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("reports:evaluation", request.corpus.slug, uid)
    query = urlencode({"annotator": name}) + "&"
    rows, pagination = page_of(items, request.GET.get("page", ""), request.path, query)
    opened = cases.has_opened(request.user, evaluation.rating_set, items, PEERS_AND_MACHINE)
    context = {
        "evaluation": evaluation,
        "rating_set": evaluation.rating_set,
        "attribute": evaluation.rating_set.definition.attribute,
        "annotator": name,
        "n": len(items),
        "opened": opened,
        "cases": _described(evaluation, name, rows) if opened else [],
        "pagination": pagination,
        "open_url": reverse("reports:differing_open", args=[request.corpus.slug, uid]),
    }
    return render(request, "reports/differing.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def open_differing(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the person sees the raters' and the machine's answers, and show them."""
    evaluation = evaluation_or_404(request.corpus, uid)
    name = request.POST.get("annotator", "")
    try:
        items = cases.differing(evaluation, name)
    except (BadInput, Refused) as error:
        messages.error(request, str(error))
        return redirect("reports:evaluation", request.corpus.slug, uid)
    cases.open_cases(user=request.user, rating_items=items, kinds=PEERS_AND_MACHINE)
    url = reverse("reports:differing", args=[request.corpus.slug, uid])
    return redirect(f"{url}?{urlencode({'annotator': name})}")


def _described(evaluation: Evaluation, name: str, rows: Sequence[int]) -> list[cases.Case]:
    machine = cases.machine_answers(evaluation, name, cases.items_of(rows))
    return cases.describe(evaluation.rating_set, rows, machine)
