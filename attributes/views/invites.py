"""Accepting an invitation: the one way to an account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from labelhub.accounts.models import User
from labelhub.lib.errors import Refused

from ..domain import people
from ..forms.people import JoinForm
from ..models import Invite, Role
from .shared import said


@require_GET
@never_cache
def show(request: HttpRequest, token: str) -> HttpResponse:
    """What the link offers: one press for who is signed in, an account for who is new, or why it is closed."""
    invitation = people.find_invite(token)
    if invitation is None or people.why_closed(invitation):
        return _closed(request, invitation)
    return _offer(request, invitation, token, JoinForm(email=invitation.email))


@require_POST
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """A person who is signed in takes the role."""
    invitation = people.find_invite(token)
    if not isinstance(request.user, User):
        return redirect("attributes:invite", token)
    if invitation is None:
        return _closed(request, None)
    try:
        people.accept_invite(invitation=invitation, user=request.user)
    except Refused:
        return _closed(request, people.find_invite(token))
    return _welcome(request, invitation)


@require_POST
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """A new person makes their account and is signed in."""
    invitation = people.find_invite(token)
    if invitation is None or people.why_closed(invitation):
        return _closed(request, invitation)
    form = JoinForm(request.POST, email=invitation.email)
    if not form.is_valid():
        return _offer(request, invitation, token, form, status=422)
    try:
        user = people.join(invitation=invitation, **form.cleaned_data)
    except Refused as error:
        messages.error(request, said(error))
        return redirect("attributes:invite", token)
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return _welcome(request, invitation)


def _offer(request: HttpRequest, invitation: Invite, token: str, form: JoinForm, status: int = 200) -> HttpResponse:
    here = reverse("attributes:invite", args=[token])
    context = {
        "invite": invitation,
        "role": Role(invitation.role),
        "token": token,
        "form": form,
        "has_account": people.has_account(invitation),
        "sign_in_url": f"{reverse('account_login')}?next={here}",
    }
    return render(request, "attributes/invite.html", context, status=status)


def _closed(request: HttpRequest, invitation: Invite | None) -> HttpResponse:
    """410 Gone, with the reason; a link that never was says no more than that."""
    reason = people.why_closed(invitation) if invitation else "is not known: perhaps a part of the link is missing"
    context = {"invite": invitation, "reason": reason}
    return render(request, "attributes/invite_closed.html", context, status=410 if invitation else 404)


def _welcome(request: HttpRequest, invitation: Invite) -> HttpResponse:
    messages.success(request, f"Welcome to {invitation.corpus.name}.")
    return redirect("attributes:home", invitation.corpus.slug)
