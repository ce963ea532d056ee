"""Which items the scores that serve do not cover."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, QuerySet

from attributes.models import Item

from ..models import Score, ScoreSet


def without_score(score_set: ScoreSet) -> QuerySet[Item]:
    """Present items of the corpus that the score set does not know, or knows with another content.

    What an import added or changed since, and what was restored: readers find these in no result until the corpus is
    scored again. It reads the corpus and the score set once: ask apart from what must be quick.
    """
    known = Score.objects.filter(score_set=score_set.pk, item=OuterRef("pk"), content_hash=OuterRef("content_hash"))
    return Item.objects.filter(~Exists(known), corpus=score_set.corpus_id, removed_at=None)
