"""The owner decides on items that cannot be judged, a POST each."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..domain import exclusions, overview
from ..forms.seats import LeaveOutForm
from ..models import RatingItem, RatingSet
from .lookup import rating_set_or_404
from .set_pages import head


def _item_or_404(rating_set: RatingSet, pk: int) -> RatingItem:
    """An item that the page may name: one that is listed, or waits for this decision."""
    found = (
        overview.listed_items(rating_set).filter(pk=pk).first() or exclusions.waiting(rating_set).filter(pk=pk).first()
    )
    found = found or exclusions.left_out(rating_set).filter(pk=pk).select_related("item").first()
    if found is None:
        raise Http404("no such item in this set, or one of a sealed test")
    return found


def _decide(request: CorpusRequest, uid: uuid.UUID, pk: int, act: Callable[[RatingItem], str]) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    item = _item_or_404(rating_set, pk)
    try:
        messages.success(request, act(item))
    except (BadInput, Refused) as error:
        messages.error(request, f"Nothing was changed: {error}.")
    to_items = request.POST.get("back") == "items"
    return redirect("raters:set_items" if to_items else "raters:set", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=("POST",))
def give_out_again(request: CorpusRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    def act(item: RatingItem) -> str:
        exclusions.give_out_again(rating_item=item, actor=request.user)
        return f"{item.item.heading} is given out again."

    return _decide(request, uid, pk, act)


@corpus_view(access.EDIT, methods=("GET", "POST"))
def leave_out(request: CorpusRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """What leaving the item out means, and the form that does it."""
    form = LeaveOutForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        return _decide(request, uid, pk, lambda item: _left_out(item, reason, request.user))
    rating_set = rating_set_or_404(request.corpus, uid)
    item = _item_or_404(rating_set, pk)
    above = head(request, rating_set, "items")
    context = {
        **above,
        "item": item,
        "form": form,
        "decided": item.gold_labels.filter(superseded_at=None).exists(),
        "n_items": above["seen"].n_items,
        "n_after": above["seen"].n_items - 1,
    }
    return render(request, "raters/leave_out.html", context, status=422 if form.errors else 200)


def _left_out(item: RatingItem, reason: str, actor: User) -> str:
    exclusions.leave_out(rating_item=item, reason=reason, actor=actor)
    return f"{item.item.heading} is left out: no figure counts it. It can be taken in again until the set is frozen."


@corpus_view(access.EDIT, methods=("POST",))
def take_in_again(request: CorpusRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    def act(item: RatingItem) -> str:
        exclusions.take_in_again(rating_item=item, actor=request.user)
        return f"{item.item.heading} counts again."

    return _decide(request, uid, pk, act)
