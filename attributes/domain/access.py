"""Who may enter a corpus, and as what: the one place where it is decided."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from labelhub.accounts.models import User
from labelhub.lib import sql

from ..models import Corpus, Membership, Role

RATE = frozenset({Role.RATER})
EDIT = frozenset({Role.EDITOR, Role.OWNER})
ANALYSE = frozenset({Role.ANALYST, Role.EDITOR, Role.OWNER})
OWN = frozenset({Role.OWNER})
ANY = frozenset(Role)
# Every request of every page asks this, so it is one plain query.
CORPUS_FIELDS = ("id", "uid", "slug", "name", "is_demo", "created_at")
ENTER_SQL = """
SELECT c.id, c.uid, c.slug, c.name, c.is_demo, c.created_at, m.role
FROM attributes_corpus c JOIN attributes_membership m ON m.corpus_id = c.id
WHERE c.slug = %(slug)s AND m.user_id = %(user)s AND m.disabled_at IS NULL
"""


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
    found = sql.rows(ENTER_SQL, {"slug": slug, "user": user.pk}) if isinstance(user, User) and user.is_active else []
    if not found:
        raise Http404("no such corpus")
    roles = frozenset(Role(row[-1]) for row in found)
    if roles.isdisjoint(allowed):
        raise PermissionDenied("your role here does not include this page")
    return Corpus.from_db("default", CORPUS_FIELDS, found[0][:-1]), roles


def corpora_of(user: User | AnonymousUser) -> list[Corpus]:
    """The corpora the person may enter, by name."""
    if not isinstance(user, User):
        return []
    mine = Membership.objects.filter(user=user, disabled_at=None).values("corpus")
    return list(Corpus.objects.filter(pk__in=mine).order_by("name", "pk"))
