"""Scores of the corpus, counted in the database: which items they do not cover, and what they say of the others."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Case, Count, Exists, F, FloatField, IntegerField, OuterRef, QuerySet, Value, When
from django.db.models.functions import Cast, Floor, Greatest
from django.db.models.lookups import Exact

from attributes.models import Item

from ..models import Score, ScoreSet, StudentHead


def without_score(score_set: ScoreSet) -> QuerySet[Item]:
    """Present items of the corpus that the score set does not know, or knows with another content.

    What an import added or changed since, and what was restored: readers find these in no result until the corpus is
    scored again. It reads the corpus and the score set once: ask apart from what must be quick.
    """
    known = Score.objects.filter(score_set=score_set.pk, item=OuterRef("pk"), content_hash=OuterRef("content_hash"))
    return Item.objects.filter(~Exists(known), corpus=score_set.corpus_id, removed_at=None)


def likeliest(head: StudentHead) -> Case:
    """The position of the likeliest level (the lower one of equals), as exports call it."""
    slots = [F(f"p__{head.p_offset + k}") for k in range(head.p_width)]
    top = Greatest(*slots)
    cases = [When(Exact(slot, top), then=Value(k)) for k, slot in enumerate(slots)]
    return Case(*cases, output_field=IntegerField())


def tally(
    score_set: ScoreSet, head: StudentHead, level: int, without: Sequence[int], steps: int
) -> list[tuple[int, int, int]]:
    """(likeliest level, score of `level` in steps of 1/steps, number of items) over the present items but some."""
    scores = Score.objects.filter(score_set=score_set, item__removed_at=None).exclude(item__in=without)
    step = Floor(Cast(F(f"p__{head.p_offset + level}"), FloatField()) * steps + 0.5)
    counted = scores.annotate(position=likeliest(head), step=Cast(step, IntegerField()))
    return list(counted.values_list("position", "step").annotate(n=Count("item_id")).order_by("position", "step"))
