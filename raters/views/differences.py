"""Where I differed: a rater's own answers beside the gold of a frozen set, opened by a recorded act."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import differences
from ..models import RatingSet
from .item_context import item_context
from .lookup import rating_set_or_404
from .pages import pagination

PAGE = 10


@corpus_view(access.RATE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """How much agrees; once it was opened, the answers that do not."""
    rating_set = _frozen_or_404(request, uid)
    share = differences.share(rater=request.user, rating_set=rating_set)
    if not share.n and not share.cannot_tell:
        raise Http404("no answers of this person")
    opened = differences.has_opened(rater=request.user, rating_set=rating_set)
    found = Paginator(differences.listed(rater=request.user, rating_set=rating_set), PAGE)
    rows = found.get_page(request.GET.get("page"))
    spec = rating_set.definition.parsed()
    context: dict[str, Any] = {
        "rating_set": rating_set,
        "spec": spec,
        "share": share,
        "n_listed": found.count,
        "opened": opened,
        "pagination": pagination(request, rows),
        "cases": [
            {"is": case, "shown": item_context(case.rating.rating_item.item, spec.inputs, request.corpus)}
            for case in (differences.describe(rating_set, list(rows)) if opened else [])
        ],
    }
    return render(request, "raters/differences.html", context)


@corpus_view(access.RATE, methods=("POST",))
def open_list(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the rater sees gold, and show it."""
    differences.open_list(rater=request.user, rating_set=_frozen_or_404(request, uid))
    return redirect("raters:differences", request.corpus.slug, uid)


def _frozen_or_404(request: CorpusRequest, uid: uuid.UUID) -> RatingSet:
    rating_set = rating_set_or_404(request.corpus, uid)
    if rating_set.state != RatingSet.State.FROZEN:
        raise Http404("its labels are not settled yet")
    return rating_set
