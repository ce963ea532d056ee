"""The list of golden sets."""

from __future__ import annotations

import uuid

from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import attempts, figures
from ..models import RatingItem, RatingSet
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .words import status


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest) -> HttpResponse:
    """Every golden set of the corpus, the newest first."""
    sets = RatingSet.objects.filter(definition__attribute__corpus=request.corpus)
    shown = RatingItem.objects.filter(rating_set=OuterRef("pk"), exclude_reason="")
    per_set = shown.exclude(role=RatingItem.Role.CHECK).order_by().values("rating_set")
    sets = sets.select_related("definition__attribute").annotate(
        n_items=Coalesce(Subquery(per_set.annotate(n=Count("pk")).values("n")), 0),
        wanted=Coalesce(Subquery(per_set.annotate(n=Sum("overlap")).values("n")), 0),
        answers=Coalesce(Subquery(per_set.annotate(n=Sum("counted")).values("n")), 0),
    )
    page = Paginator(sets.order_by("-pk"), ROWS).get_page(request.GET.get("page"))
    asking = attempts.waiting(list(page))
    rows = [
        {"set": row, "status": status(row), "figures": figures.known(row), "n_asking": len(asking.get(row.pk, []))}
        for row in page
    ]
    states = [row.state for row in page if not row.teaches]
    context = {
        "rows": rows,
        "n_sets": page.paginator.count,
        "n_open": states.count(RatingSet.State.OPEN),
        "n_adjudicating": states.count(RatingSet.State.ADJUDICATING),
        "may_create": not request.roles.isdisjoint(access.EDIT),
        "pagination": pagination(request, page),
    }
    return render(request, "raters/sets.html", context)


@corpus_view(access.ANALYSE)
def alpha(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The cell of a row of the list: computed apart, so that the list never waits for a bootstrap."""
    rating_set = rating_set_or_404(request.corpus, uid)
    return render(request, "raters/set_alpha.html", {"figures": figures.figures(rating_set), "state": rating_set.state})
