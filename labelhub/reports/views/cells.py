"""The items behind a cell of an evaluation: opened by a recorded act, then read."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.models import Evaluation

from ..domain import cases, cells
from ..domain.cases import PEERS, PEERS_AND_MACHINE
from ..domain.cells import Cell
from .common import evaluation_or_404, page_of


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Dev items of one cell, with both sides' reasons."""
    evaluation = evaluation_or_404(request.corpus, uid)
    cell = _asked(request.GET)
    try:
        items = cells.behind(evaluation, cell)
    except Refused as error:
        return render(request, "reports/sealed.html", {"evaluation": evaluation, "reason": str(error)}, status=403)
    except BadInput as error:
        messages.error(request, str(error))
        return redirect("reports:evaluation", request.corpus.slug, uid)
    rows, pagination = page_of(items, request.GET.get("page", ""), request.path, urlencode(cell.query()) + "&")
    opened = cases.has_opened(request.user, evaluation.rating_set, items, _kinds(evaluation, cell))
    named = {level.key: level.label for level in evaluation.rating_set.definition.parsed().levels}
    context = {
        "evaluation": evaluation,
        "rating_set": evaluation.rating_set,
        "attribute": evaluation.rating_set.definition.attribute,
        "cell": cell,
        "reference": named.get(cell.reference, ""),
        "given": named.get(cell.given, ""),
        "wanted": cell.query(),
        "n": len(items),
        "opened": opened,
        "cases": _described(evaluation, cell, list(rows)) if opened else [],
        "pagination": pagination,
        "open_url": reverse("reports:cell_open", args=[request.corpus.slug, uid]),
    }
    return render(request, "reports/cell.html", context)


@corpus_view(access.ANALYSE, methods=["POST"])
def open_(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the person sees these items' answers, and show them."""
    evaluation = evaluation_or_404(request.corpus, uid)
    cell = _asked(request.POST)
    try:
        items = cells.behind(evaluation, cell)
    except (BadInput, Refused) as error:
        messages.error(request, str(error))
        return redirect("reports:evaluation", request.corpus.slug, uid)
    cases.open_cases(user=request.user, rating_items=items, kinds=_kinds(evaluation, cell))
    return redirect(f"{reverse('reports:cell', args=[request.corpus.slug, uid])}?{urlencode(cell.query())}")


def _asked(given: QueryDict) -> Cell:
    return Cell(given.get("who", ""), given.get("reference", ""), given.get("given", ""), given.get("rival", ""))


def _machines(evaluation: Evaluation, cell: Cell) -> list[str]:
    """Those of the cell's labelers that are machines: a rater's answers stand among the raters' anyway."""
    named = {entry["name"] for entry in evaluation.inputs["annotators"]}
    return [name for name in (cell.who, cell.rival) if name in named]


def _kinds(evaluation: Evaluation, cell: Cell) -> cases.Kinds:
    return PEERS_AND_MACHINE if _machines(evaluation, cell) else PEERS


def _described(evaluation: Evaluation, cell: Cell, rows: list[int]) -> list[cases.Case]:
    items = cases.items_of(rows)
    said = [cases.machine_answers(evaluation, name, items) for name in _machines(evaluation, cell)]
    return cases.describe(evaluation.rating_set, rows, *said)
