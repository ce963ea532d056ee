"""What was adjudicated, as a list: by whom, how, and why the raters differed."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import decisions
from ..models import RatingSet
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .set_pages import head, thumbnail


@corpus_view(access.ANALYSE)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """How many there are; once it was opened, each of them that may be listed."""
    rating_set = rating_set_or_404(request.corpus, uid)
    above = head(request, rating_set, "decisions")
    n_all = decisions.decided(rating_set).count()
    opened = decisions.has_opened(reader=request.user, rating_set=rating_set)
    reasons = decisions.by_reason(rating_set)
    reason = request.GET.get("reason", "")
    reason = reason if reason in {key for key, *_ in reasons} else ""
    rows = Paginator(decisions.listed(rating_set, reason), ROWS).get_page(request.GET.get("page"))
    n_listed = rows.paginator.count if not reason else decisions.listed(rating_set).count()
    context: dict[str, Any] = {
        **above,
        "n_all": n_all,
        "n_listed": n_listed,
        "n_sealed": n_all - n_listed,
        "opened": opened,
        "reasons": reasons,
        "reason": reason,
        "rows": [{"label": one, "thumb_url": thumbnail(request, one.rating_item.item)} for one in rows]
        if opened
        else [],
        "may_decide": above["may_edit"] and rating_set.state == RatingSet.State.ADJUDICATING,
        "pagination": pagination(request, rows),
    }
    return render(request, "raters/decisions.html", context)


@corpus_view(access.ANALYSE, methods=("POST",))
def open_list(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the person sees gold, and show it."""
    rating_set = rating_set_or_404(request.corpus, uid)
    decisions.open_list(reader=request.user, rating_set=rating_set)
    return redirect("raters:decisions", request.corpus.slug, uid)
