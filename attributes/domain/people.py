"""Members of a corpus: invitations, roles, disabling. The last owner cannot be removed."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models.functions import Now
from django.utils import timezone

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import Corpus, Invite, Membership, Role
from . import audit

INVITE_DAYS = 14


def check_email(email: str) -> str:
    """The address in lower case; `BadInput` when it is none."""
    try:
        validate_email(email)
    except ValidationError:
        raise BadInput(f"{email!r} is not an e-mail address") from None
    return email.lower()


@transaction.atomic
def create_owner(*, email: str, corpus: Corpus, password: str | None = None) -> tuple[User, bool]:
    """Make a person owner of a corpus, creating the account where it is missing; returns (user, created)."""
    email = check_email(email)
    user = User.objects.filter(email__iexact=email).first()
    created = user is None
    if user is None:
        user = User.objects.create_user(email, password)
    grant(actor=None, corpus=corpus, user=user, role=Role.OWNER)
    return user, created


@transaction.atomic
def grant(*, actor: User | None, corpus: Corpus, user: User, role: Role) -> Membership:
    """Give a role, or give it again after it was taken away; giving it twice changes nothing."""
    membership, created = Membership.objects.get_or_create(user=user, corpus=corpus, role=role)
    returned = Membership.objects.filter(pk=membership.pk).exclude(disabled_at=None).update(disabled_at=None)
    if created or returned:
        membership.refresh_from_db()
        audit.record(actor=actor, corpus=corpus, verb="role_granted", target=user, person=user.email, role=role)
    return membership


@transaction.atomic
def revoke(*, actor: User, corpus: Corpus, user: User, role: Role) -> None:
    """Take a role away; refused for the last owner."""
    # The corpus row serialises two owners who would remove each other at the same moment.
    Corpus.objects.select_for_update().get(pk=corpus.pk)
    held = Membership.objects.filter(user=user, corpus=corpus, role=role, disabled_at=None)
    if role == Role.OWNER and held.exists():
        _keep_an_owner(corpus, without=user)
    if held.update(disabled_at=Now()):
        audit.record(actor=actor, corpus=corpus, verb="role_revoked", target=user, person=user.email, role=role)


@transaction.atomic
def disable(*, actor: User, corpus: Corpus, user: User) -> None:
    """Take every role in this corpus away. The next request of the person is already refused."""
    Corpus.objects.select_for_update().get(pk=corpus.pk)
    if Membership.objects.filter(user=user, corpus=corpus, role=Role.OWNER, disabled_at=None).exists():
        _keep_an_owner(corpus, without=user)
    if Membership.objects.filter(user=user, corpus=corpus, disabled_at=None).update(disabled_at=Now()):
        audit.record(actor=actor, corpus=corpus, verb="member_disabled", target=user, person=user.email)


def _keep_an_owner(corpus: Corpus, *, without: User) -> None:
    others = Membership.objects.filter(corpus=corpus, role=Role.OWNER, disabled_at=None, user__is_active=True)
    if not others.exclude(user=without).exists():
        raise Refused(f"{without.name} is the last owner of {corpus.name}: make somebody else owner first")


@transaction.atomic
def invite(*, actor: User, corpus: Corpus, email: str, role: Role) -> tuple[Invite, str]:
    """Create an invitation; returns it with the token for its link, which is shown once and stored nowhere.

    A link sent before for the same person and role stops working: whoever lost it asks for a new one.
    """
    email = check_email(email)
    if Membership.objects.filter(corpus=corpus, role=role, disabled_at=None, user__email=email).exists():
        raise Refused(f"{email} is {role.label.lower()} here already")
    pending(corpus).filter(email=email, role=role).update(revoked_at=Now())
    token = secrets.token_urlsafe(32)
    created = Invite.objects.create(
        corpus=corpus,
        role=role,
        email=email,
        token_hash=_hash(token),
        created_by=actor,
        expires_at=timezone.now() + dt.timedelta(days=INVITE_DAYS),
    )
    audit.record(actor=actor, corpus=corpus, verb="invited", target=created, email=email, role=role)
    return created, token


def pending(corpus: Corpus) -> models.QuerySet[Invite]:
    """Invitations that can still be used."""
    return Invite.objects.filter(corpus=corpus, used_by=None, revoked_at=None, expires_at__gt=Now())


def find_invite(token: str) -> Invite | None:
    """The invitation of a link, whether it can still be used or not."""
    return Invite.objects.filter(token_hash=_hash(token)).select_related("corpus", "created_by").first()


def why_closed(invitation: Invite) -> str:
    """Why an invitation lets nobody in any more; empty while it does."""
    if invitation.used_by_id:
        return "was used already"
    if invitation.revoked_at:
        return "was withdrawn"
    if invitation.expires_at <= timezone.now():
        return "has expired"
    return ""


@transaction.atomic
def accept_invite(*, invitation: Invite, user: User) -> Membership:
    """Use the invitation once: a second use of the same link, even at the same moment, is refused."""
    if not pending(invitation.corpus).filter(pk=invitation.pk).update(used_by=user):
        invitation.refresh_from_db()
        raise Refused(f"this invitation {why_closed(invitation)}")
    return grant(actor=user, corpus=invitation.corpus, user=user, role=Role(invitation.role))


@transaction.atomic
def join(*, invitation: Invite, name: str, password: str) -> User:
    """Make the invited person's account and use the invitation; who has an account signs in and accepts instead."""
    if has_account(invitation):
        raise Refused(f"{invitation.email} has an account: sign in to accept the invitation")
    user = User.objects.create_user(invitation.email, password, display_name=name)
    accept_invite(invitation=invitation, user=user)
    return user


def has_account(invitation: Invite) -> bool:
    return User.objects.filter(email__iexact=invitation.email).exists()


@transaction.atomic
def revoke_invite(*, actor: User, invitation: Invite) -> None:
    """Make the link useless."""
    if not pending(invitation.corpus).filter(pk=invitation.pk).update(revoked_at=Now()):
        raise Refused("this invitation is not open any more")
    audit.record(
        actor=actor, corpus=invitation.corpus, verb="invite_revoked", target=invitation, email=invitation.email
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
