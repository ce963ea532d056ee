"""A rater's queue: the sets that are open to them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import queue
from .endings import ending
from .pages import pagination

PAGE = 20


@corpus_view(access.RATE)
def index(request: CorpusRequest) -> HttpResponse:
    """What is left for this rater in each open set, and why where nothing is."""
    page = Paginator(queue.sets_for(request.user, request.corpus), PAGE).get_page(request.GET.get("page"))
    rows = []
    for row in queue.waiting(request.user, list(page)):
        spec = row.rating_set.definition.parsed()
        rows.append({"waiting": row, "spec": spec, "ending": row.cause and ending(row.cause)})
    first = next((row["waiting"] for row in rows if row["ending"] is None), None)
    context = {"rows": rows, "first": first, "n_sets": page.paginator.count, "pagination": pagination(request, page)}
    return render(request, "raters/queue.html", context)
