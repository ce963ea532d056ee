"""How a qualification explains its answers: opened by a recorded act, then read and bettered."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import BadInput

from ..domain import explanations
from ..domain.clauses import clauses
from ..domain.explanations import Explanation
from ..models import RatingSet
from .item_context import item_context
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .set_pages import head


@corpus_view(access.EDIT)
def page(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Each item's answer with its explanation; before that, what seeing them means."""
    rating_set = _qualification_or_404(request, uid)
    opened = explanations.has_opened(user=request.user, rating_set=rating_set)
    keys = Paginator(explanations.of_set(rating_set), ROWS).get_page(request.GET.get("page"))
    spec = rating_set.definition.parsed()
    context = {
        **head(request, rating_set, "explanations"),
        "opened": opened,
        "clauses": clauses(spec),
        "pagination": pagination(request, keys) if opened else {},
        "rows": [
            {"key": key, "shown": item_context(key.rating_item.item, spec.inputs, request.corpus)}
            for key in (keys if opened else [])
        ],
    }
    return render(request, "raters/set_explanations.html", context)


@corpus_view(access.EDIT, methods=("POST",))
def open_list(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Record that the person sees the answers, and show them."""
    explanations.open_list(user=request.user, rating_set=_qualification_or_404(request, uid))
    return redirect("raters:explanations", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=("POST",))
def save(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Store what the page says of its items."""
    rating_set = _qualification_or_404(request, uid)
    asked = [int(pk) for pk in request.POST.getlist("key") if pk.isdecimal()]
    said = {pk: Explanation(request.POST.get(f"clause-{pk}", ""), request.POST.get(f"note-{pk}", "")) for pk in asked}
    try:
        n = explanations.explain(rating_set=rating_set, said=said, actor=request.user)
    except BadInput as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        text = f"{n} explanation{'' if n == 1 else 's'} changed." if n else "Nothing was different."
        messages.success(request, text)
    return redirect("raters:explanations", request.corpus.slug, uid)


def _qualification_or_404(request: CorpusRequest, uid: uuid.UUID) -> RatingSet:
    rating_set = rating_set_or_404(request.corpus, uid)
    if not rating_set.teaches:
        raise Http404("only a qualification explains its answers")
    return rating_set
