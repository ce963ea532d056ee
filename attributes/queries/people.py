"""Who is in a corpus."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from labelhub.accounts.models import User

from ..models import Corpus, Membership


def members(corpus: Corpus) -> QuerySet[User]:
    """Everybody who ever had a role here; `held` of each lists the roles that they have now."""
    now = Membership.objects.filter(corpus=corpus, disabled_at=None).order_by("pk")
    ever = Membership.objects.filter(corpus=corpus).values("user")
    return User.objects.filter(pk__in=ever).prefetch_related(Prefetch("memberships", now, to_attr="held"))
