"""The steps of a golden set's life, a POST each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Protocol

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from attributes.domain import access, jobs
from attributes.models import Job
from attributes.tasks import ring
from attributes.views.access import CorpusRequest, corpus_view
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused

from ..domain import definition_notes, flags, gold, overview, sets
from ..models import RatingSet
from .lookup import rating_set_or_404


class Verb(Protocol):
    def __call__(self, *, rating_set: RatingSet, actor: User) -> RatingSet: ...


def _step(request: CorpusRequest, uid: uuid.UUID, verb: Verb, done: Callable[[RatingSet], str]) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    try:
        changed = verb(rating_set=rating_set, actor=request.user)
    except Refused as error:
        messages.error(request, f"Nothing was changed: {error}.")
    else:
        messages.success(request, done(changed))
    return redirect("raters:set", request.corpus.slug, uid)


@corpus_view(access.EDIT, methods=("POST",))
def open_set(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    return _step(request, uid, sets.open_for_rating, lambda s: f"{s.name} is open: raters find it in their queues.")


@corpus_view(access.EDIT, methods=("POST",))
def discard(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    rating_set = rating_set_or_404(request.corpus, uid)
    try:
        sets.discard(rating_set=rating_set, actor=request.user)
    except Refused as error:
        messages.error(request, f"Nothing was changed: {error}.")
        return redirect("raters:set", request.corpus.slug, uid)
    messages.success(request, f"The draft {rating_set.name} is discarded.")
    return redirect("raters:sets", request.corpus.slug)


@corpus_view(access.EDIT, methods=("POST",))
def close(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    return _step(request, uid, sets.close_rating, lambda s: f"Rating of {s.name} is closed and gold derived.")


@corpus_view(access.EDIT, methods=("POST",))
def reopen(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    return _step(request, uid, sets.reopen, lambda s: f"{s.name} takes ratings again; decisions stay.")


@corpus_view(access.EDIT, methods=("POST",))
def freeze(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    """Freeze the set, and have its figures computed, so that reports show what the set's own page shows."""
    response = _step(request, uid, gold.freeze, lambda s: f"{s.name} is frozen, hash {s.content_hash[:12]}.")
    if rating_set_or_404(request.corpus, uid).state == RatingSet.State.FROZEN:
        kind, params = Job.Kind.REFRESH_REPORTS, {"what": "all"}
        ring(jobs.enqueue(corpus=request.corpus, kind=kind, params=params, dedupe="all", created_by=request.user))
    return response


@corpus_view(access.OWN, methods=("POST",))
def unseal(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    return _step(request, uid, sets.unseal, lambda s: f"The test of {s.name} is unsealed: it is dev from now on.")


@corpus_view(access.EDIT, methods=("POST",))
def resolve_flag(request: CorpusRequest, uid: uuid.UUID, pk: int) -> HttpResponse:
    """Somebody has looked at what a rater flagged, or has written what the definition lacked."""
    rating_set = rating_set_or_404(request.corpus, uid)
    listed = overview.listed_flags(rating_set).filter(pk=pk).first()
    raised = listed or definition_notes.of_set(rating_set).filter(pk=pk).first()
    if raised is None:
        raise Http404("no such flag")
    flags.resolve_flag(raised=raised, actor=request.user)
    return redirect("raters:set", request.corpus.slug, uid)
