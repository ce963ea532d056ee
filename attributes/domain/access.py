"""Who may enter a corpus, and as what: the one place where it is decided."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from labelhub.accounts.models import User

from ..models import Corpus, Membership, Role

RATE = frozenset({Role.RATER})
EDIT = frozenset({Role.EDITOR, Role.OWNER})
ANALYSE = frozenset({Role.ANALYST, Role.EDITOR, Role.OWNER})
OWN = frozenset({Role.OWNER})
ANY = frozenset(Role)


def roles_of(user: User | AnonymousUser, corpus: Corpus) -> frozenset[Role]:
    """The person's roles here, read from the database each time: a role taken away is gone with the next request."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    held = Membership.objects.filter(user=user, corpus=corpus, disabled_at=None).values_list("role", flat=True)
    return frozenset(Role(role) for role in held)


def enter(user: User | AnonymousUser, slug: str, allowed: Collection[Role]) -> tuple[Corpus, frozenset[Role]]:
    """The corpus and the person's roles in it.

    Raises Http404 for strangers, who do not learn that it exists, and PermissionDenied for members without one of
    the `allowed` roles.
    """
    corpus = Corpus.objects.filter(slug=slug).first()
    roles = roles_of(user, corpus) if corpus else frozenset()
    if corpus is None or not roles:
        raise Http404("no such corpus")
    if roles.isdisjoint(allowed):
        raise PermissionDenied("your role here does not include this page")
    return corpus, roles


def corpora_of(user: User | AnonymousUser) -> list[Corpus]:
    """The corpora the person may enter, by name."""
    if not isinstance(user, User):
        return []
    mine = Membership.objects.filter(user=user, disabled_at=None).values("corpus")
    return list(Corpus.objects.filter(pk__in=mine).order_by("name", "pk"))
