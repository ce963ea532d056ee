"""Another attempt at a qualification: a rater asks for it, an editor allows it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse

from attributes.domain import access
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.lib.errors import Refused

from ..domain import attempts, qualifications
from ..domain.attempts import Wishes
from ..domain.qualifications import Result
from ..models import RatingSet
from .lookup import rating_set_or_404


@corpus_view(access.RATE, methods=("POST",))
def ask(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """The rater asks."""
    rating_set = rating_set_or_404(request.corpus, uid)
    if not rating_set.teaches:
        raise Http404("no such attempt")
    try:
        attempts.ask_again(rater=request.user, rating_set=rating_set)
    except Refused as error:
        messages.error(request, f"Nothing was asked: {error}.")
    else:
        messages.success(request, "You have asked. Who leads the qualification sees it beside your result.")
    return redirect("raters:queue", request.corpus.slug)


@corpus_view(access.EDIT, methods=("POST",))
def allow(request: CorpusRequest, uid: uuid.UUID, rater: uuid.UUID) -> HttpResponse:
    """An editor allows it."""
    rating_set = rating_set_or_404(request.corpus, uid)
    seat = rating_set.set_raters.select_related("user").filter(user__uid=rater).first()
    if seat is None or not rating_set.teaches:
        raise Http404("no such attempt")
    try:
        qualifications.allow_again(seat=seat, actor=request.user)
    except Refused as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, f"{seat.user.name} may try {rating_set.name} once more.")
    return redirect("raters:set_quality", request.corpus.slug, uid)


def asking(request: CorpusRequest, rating_set: RatingSet, result: Result, asked: Wishes) -> dict[str, Any]:
    """The context of `components/ask_attempt.html`; empty unless the person's attempt has ended without a pass."""
    if result.passed is not False:
        return {}
    return {
        "ask_url": reverse("raters:attempt_ask", args=[request.corpus.slug, rating_set.uid]),
        "more": "components/ask_attempt.html",
        "asked_at": asked.get((rating_set.pk, request.user.pk, result.attempt)),
        "csrf_token": get_token(request),
    }
