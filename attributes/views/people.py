"""The people of a corpus: roles, invitations, and the log of what was done."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from labelhub.accounts.models import User
from labelhub.lib import pages
from labelhub.lib.errors import BadInput, Refused

from ..domain import access, people
from ..forms.people import InviteForm, RoleForm
from ..models import AuditEvent, Invite, Role
from ..queries.people import members
from .access import CorpusRequest, corpus_view
from .shared import listed, said


@corpus_view(access.OWN)
def index(request: CorpusRequest) -> HttpResponse:
    """Members with their roles, open invitations, and the latest events."""
    return _page(request, InviteForm())


def _page(request: CorpusRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    corpus = request.corpus
    pending = people.pending(corpus).select_related("created_by").order_by("-pk")[: pages.PAGE_SIZE]
    context = {
        "page": listed(request, members(corpus)),
        "total": pages.bounded_count(members(corpus)),
        "invites": [{"row": invite, "role": Role(invite.role).label} for invite in pending],
        "events": _events(request).order_by("-pk")[:8],
        "form": form,
        "roles": Role,
    }
    return render(request, "attributes/people.html", context, status=status)


@corpus_view(access.OWN)
def log(request: CorpusRequest) -> HttpResponse:
    """Everything that was done in the corpus, newest first."""
    return render(request, "attributes/log.html", {"page": listed(request, _events(request), newest_first=True)})


def _events(request: CorpusRequest) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(corpus=request.corpus).select_related("actor")


@corpus_view(access.OWN, methods=("POST",))
@never_cache
def invite(request: CorpusRequest) -> HttpResponse:
    """Create an invitation and show its link. The answer is a page, no redirect: the link is kept nowhere."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        invitation, token = people.invite(actor=request.user, corpus=request.corpus, **form.cleaned_data)
    except (BadInput, Refused) as error:
        form.add_error("email", said(error))
        return _page(request, form, status=422)
    link = request.build_absolute_uri(reverse("attributes:invite", args=[token]))
    return render(
        request, "attributes/invite_link.html", {"invite": invitation, "link": link, "role": Role(invitation.role)}
    )


@corpus_view(access.OWN, methods=("POST",))
def withdraw(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    invitation = Invite.objects.filter(corpus=request.corpus, uid=uid).first()
    if invitation is None:
        raise Http404("no such invitation")
    try:
        people.revoke_invite(actor=request.user, invitation=invitation)
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, f"The link for {invitation.email} works no longer.")
    return _back(request)


@corpus_view(access.OWN, methods=("POST",))
def grant(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    person, role = _person(request, uid), _role(request)
    people.grant(actor=request.user, corpus=request.corpus, user=person, role=role)
    messages.success(request, f"{person.name} is {role.label.lower()} now.")
    return _back(request)


@corpus_view(access.OWN, methods=("POST",))
def revoke(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    person, role = _person(request, uid), _role(request)
    try:
        people.revoke(actor=request.user, corpus=request.corpus, user=person, role=role)
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, f"{person.name} is no longer {role.label.lower()}.")
    return _back(request)


@corpus_view(access.OWN, methods=("POST",))
def disable(request: CorpusRequest, uid: uuid.UUID) -> HttpResponse:
    person = _person(request, uid)
    try:
        people.disable(actor=request.user, corpus=request.corpus, user=person)
    except Refused as error:
        messages.error(request, said(error))
    else:
        messages.success(request, f"{person.name} has no access to {request.corpus.name} any more. Their work stays.")
    return _back(request)


def _person(request: CorpusRequest, uid: uuid.UUID) -> User:
    person = members(request.corpus).filter(uid=uid).first()
    if person is None:
        raise Http404("no such member")
    return person


def _role(request: CorpusRequest) -> Role:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404("no such role")
    role: Role = form.cleaned_data["role"]
    return role


def _back(request: CorpusRequest) -> HttpResponseRedirect:
    """To the page again; an owner who gave up their own ownership lands on their work instead."""
    still_owner = Role.OWNER in access.roles_of(request.user, request.corpus)
    if still_owner:
        return redirect("attributes:people", request.corpus.slug)
    return redirect("attributes:start")
