"""Who rates a set: the list, and one rater with what can be done about them."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view

from ..domain import overview, peers, seats, work
from ..forms.seats import AddRaterForm, MessageForm, ReassignForm, ShareForm
from ..models import RatingSet, SetRater
from .lookup import rating_set_or_404
from .pages import ROWS, pagination
from .set_pages import head


@corpus_view(access.ANALYSE)
def index(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Everybody who rates the set; agreement comes in a second request where it is not known yet."""
    rating_set = rating_set_or_404(request.corpus, uid)
    found = peers.known(rating_set)
    candidates = seats.candidates(rating_set)
    context = {
        **head(request, rating_set, "raters"),
        **_table(request, rating_set, found),
        "add_form": AddRaterForm(people=candidates, prefix="new"),
        "message_form": MessageForm(initial={"message": rating_set.message}),
    }
    return render(request, "raters/set_raters.html", context)


@corpus_view(access.ANALYSE)
def table(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The same list with each rater's agreement with the others."""
    rating_set = rating_set_or_404(request.corpus, uid)
    may_edit = not request.roles.isdisjoint(access.EDIT)
    context = {"rating_set": rating_set, "may_edit": may_edit, **_table(request, rating_set, peers.peers(rating_set))}
    return render(request, "raters/set_raters_table.html", context)


def _table(request: CorpusRequest, rating_set: RatingSet, found: peers.Peers | None) -> dict[str, Any]:
    page = Paginator(overview.seats(rating_set), ROWS).get_page(request.GET.get("page"))
    speeds = work.work(rating_set, timezone.now()).by_rater
    held = work.holdings(rating_set)
    rows = [
        {
            "pace": pace,
            "speed": speeds.get(pace.seat.user_id),
            "held": held.get(pace.seat.user_id),
            "share": found.by_rater.get(pace.seat.user_id) if found else None,
        }
        for pace in overview.paces(rating_set, list(page))
    ]
    return {
        "rows": rows,
        "n_raters": page.paginator.count,
        "computed": found is not None,
        "cohorts": found.cohorts if found else [],
        "pagination": pagination(request, page),
        "place": request.GET.urlencode(),
    }


@corpus_view(access.ANALYSE)
def show(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    """One rater of the set."""
    rating_set = rating_set_or_404(request.corpus, uid)
    seat = seat_or_404(rating_set, rater)
    found = peers.known(rating_set)
    (pace,) = overview.paces(rating_set, [seat])
    context = {
        **head(request, rating_set, "raters"),
        "seat": seat,
        "pace": pace,
        "speed": work.work(rating_set, timezone.now()).by_rater.get(seat.user_id),
        "held": work.holdings(rating_set).get(seat.user_id),
        "share": found.by_rater.get(seat.user_id, peers.Share(0, reason="none yet")) if found else None,
        "skips": overview.skip_reasons(seat),
        "has_begun": overview.has_begun(seat),
        "share_form": ShareForm(initial={"quota": seat.quota, "cohort": seat.cohort}),
        "reassign_form": ReassignForm(seat=seat),
    }
    return render(request, "raters/set_rater.html", context)


def seat_or_404(rating_set: RatingSet, rater: uuid.UUID) -> SetRater:
    seat = rating_set.set_raters.select_related("user").filter(user__uid=rater).first()
    if seat is None:
        raise Http404("no such rater in this set")
    seat.rating_set = rating_set
    return seat
