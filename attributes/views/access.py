"""The door of every page in a corpus: sign-in, membership, role, method, in that order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django_htmx.middleware import HtmxDetails

from labelhub.accounts.models import User

from ..domain import access
from ..models import Corpus, Role

P = ParamSpec("P")


class CorpusRequest(HttpRequest):
    """A request that has passed the door."""

    user: User
    corpus: Corpus
    roles: frozenset[Role]
    htmx: HtmxDetails


View = Callable[Concatenate[CorpusRequest, P], HttpResponseBase]


def corpus_view(
    allowed: Collection[Role], *, methods: Collection[str] = ("GET",)
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Let members with one of the `allowed` roles in; the URL's `corpus` becomes `request.corpus`.

    Not signed in: the sign-in page, or 401 to a script. Stranger: 404. Wrong role: 403. Wrong method: 405.
    """

    def decorate(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: CorpusRequest, corpus: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            person: User | AnonymousUser = get_user(request)  # the person, not the middleware's lazy stand-in
            if not isinstance(person, User):
                return _sign_in(request)
            request.user = person
            request.corpus, request.roles = access.enter(person, corpus, allowed)
            if request.method not in {*methods, *({"HEAD"} if "GET" in methods else ())}:
                return HttpResponseNotAllowed(list(methods))
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def _sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") or request.headers.get("X-Requested-With"):
        return HttpResponse("signed out", status=401)
    return redirect_to_login(request.get_full_path())
