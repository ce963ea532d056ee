"""Members of a corpus: invitations, roles, disabling. The last owner cannot be removed."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
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
    """Give a role, or give it again after it was taken away."""
    membership, _ = Membership.objects.update_or_create(
        user=user, corpus=corpus, role=role, defaults={"disabled_at": None}
    )
    audit.record(actor=actor, corpus=corpus, verb="role_granted", target=user, role=role)
    return membership


@transaction.atomic
def revoke(*, actor: User, corpus: Corpus, user: User, role: Role) -> None:
    """Take a role away; refused for the last owner."""
    # The corpus row serialises two owners who would remove each other at the same moment.
    Corpus.objects.select_for_update().get(pk=corpus.pk)
    held = Membership.objects.filter(user=user, corpus=corpus, role=role, disabled_at=None)
    if role == Role.OWNER:
        _keep_an_owner(corpus, without=user)
    if held.update(disabled_at=Now()):
        audit.record(actor=actor, corpus=corpus, verb="role_revoked", target=user, role=role)


@transaction.atomic
def disable(*, actor: User, corpus: Corpus, user: User) -> None:
    """Take every role in this corpus away. The next request of the person is already refused."""
    Corpus.objects.select_for_update().get(pk=corpus.pk)
    _keep_an_owner(corpus, without=user)
    Membership.objects.filter(user=user, corpus=corpus, disabled_at=None).update(disabled_at=Now())
    audit.record(actor=actor, corpus=corpus, verb="member_disabled", target=user)


def _keep_an_owner(corpus: Corpus, *, without: User) -> None:
    others = Membership.objects.filter(corpus=corpus, role=Role.OWNER, disabled_at=None, user__is_active=True)
    if not others.exclude(user=without).exists():
        raise Refused(f"{without.name} is the last owner of {corpus.name}: make somebody else owner first")


@transaction.atomic
def invite(*, actor: User, corpus: Corpus, email: str, role: Role) -> tuple[Invite, str]:
    """Create an invitation; returns it with the token for its link, which is shown once and stored nowhere."""
    token = secrets.token_urlsafe(32)
    created = Invite.objects.create(
        corpus=corpus,
        role=role,
        email=check_email(email),
        token_hash=_hash(token),
        created_by=actor,
        expires_at=timezone.now() + dt.timedelta(days=INVITE_DAYS),
    )
    audit.record(actor=actor, corpus=corpus, verb="invited", target=created, email=created.email, role=role)
    return created, token


def find_invite(token: str) -> Invite | None:
    """The invitation of a link, while it can still be used."""
    valid = Invite.objects.filter(used_by=None, revoked_at=None, expires_at__gt=Now())
    return valid.filter(token_hash=_hash(token)).select_related("corpus").first()


@transaction.atomic
def accept_invite(*, invitation: Invite, user: User) -> Membership:
    """Use the invitation once: a second use of the same link, even at the same moment, is refused."""
    used = Invite.objects.filter(pk=invitation.pk, used_by=None, revoked_at=None).update(used_by=user)
    if not used:
        raise Refused("this invitation was used already")
    return grant(actor=user, corpus=invitation.corpus, user=user, role=Role(invitation.role))


@transaction.atomic
def revoke_invite(*, actor: User, invitation: Invite) -> None:
    """Make the link useless."""
    Invite.objects.filter(pk=invitation.pk, used_by=None).update(revoked_at=Now())
    audit.record(actor=actor, corpus=invitation.corpus, verb="invite_revoked", target=invitation)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
