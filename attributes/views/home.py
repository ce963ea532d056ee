"""Where people land: everybody on their own work."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..domain import access
from ..models import Role
from .access import CorpusRequest, corpus_view


@login_required
def start(request: HttpRequest) -> HttpResponse:
    """The person's first corpus, or word that they have none yet."""
    corpora = access.corpora_of(request.user)
    if not corpora:
        return render(request, "attributes/no_corpus.html")
    return redirect("attributes:home", corpora[0].slug)


@corpus_view(access.ANY)
def home(request: CorpusRequest) -> HttpResponse:
    """Editors and owners begin with the attributes, analysts with the reports, raters with their queue."""
    if not request.roles.isdisjoint(access.EDIT):
        return redirect("attributes:attributes", request.corpus.slug)
    if Role.ANALYST in request.roles:
        return redirect("reports:index", request.corpus.slug)
    return redirect("raters:queue", request.corpus.slug)
