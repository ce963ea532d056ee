"""A rater's queue: the sets that are open to them, and those that have ended."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import attempts, queue
from ..domain.attempts import Wishes
from ..domain.queue import Cause, Waiting
from .attempts import asking
from .endings import ending
from .pages import pagination

PAGE = 20


@corpus_view(access.RATE)
def index(request: CorpusRequest) -> HttpResponse:
    """What is left for this rater in each open set, and why where nothing is."""
    page = Paginator(queue.sets_for(request.user, request.corpus), PAGE).get_page(request.GET.get("page"))
    asked = attempts.wishes(list(page), [request.user.pk])
    rows = [_row(request, row, asked) for row in queue.waiting(request.user, list(page))]
    ended = Paginator(queue.finished(request.user, request.corpus), PAGE).get_page(request.GET.get("finished"))
    context = {
        "qualifications": [row for row in rows if row["waiting"].result],
        "rows": [row for row in rows if not row["waiting"].result],
        "first": next((row["waiting"] for row in rows if row["ending"] is None), None),
        "n_sets": page.paginator.count,
        "pagination": pagination(request, page),
        "finished": ended,
        "finished_pagination": pagination(request, ended, "finished"),
    }
    return render(request, "raters/queue.html", context)


def _row(request: CorpusRequest, waiting: Waiting, asked: Wishes) -> dict[str, Any]:
    may_ask = waiting.cause is Cause.NOT_PASSED and waiting.result
    return {
        "asking": asking(request, waiting.rating_set, may_ask, asked) if may_ask else {},
        "waiting": waiting,
        "spec": waiting.rating_set.definition.parsed(),
        "ending": waiting.cause and ending(waiting.cause),
        "cause": waiting.cause.name.lower() if waiting.cause else "",
    }
