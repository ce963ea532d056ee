from __future__ import annotations

from django.db.models import Count, IntegerField, Max, OuterRef, Q, QuerySet, Subquery

from ..models import Attribute, Corpus, Definition


def with_versions(corpus: Corpus) -> QuerySet[Attribute]:
    """The attributes with `current` (the version in force), `changed_at`, `draft_uid` and `n_STATE` per state."""
    counts = {
        f"n_{state}": Count("definitions", filter=Q(definitions__state=state)) for state in Definition.State.values
    }
    drafts = Definition.objects.filter(attribute=OuterRef("pk"), state=Definition.State.DRAFT).order_by("-pk")
    return Attribute.objects.filter(corpus=corpus).annotate(
        **counts,
        current=Max("definitions__version", filter=Q(definitions__state="published"), output_field=IntegerField()),
        changed_at=Max("definitions__published_at"),
        draft_uid=Subquery(drafts.values("uid")[:1]),
    )


def history(attribute: Attribute) -> QuerySet[Definition]:
    """Every version, newest first, drafts and candidates before the published ones."""
    return attribute.definitions.select_related("author", "published_by").order_by("-version", "-pk")
