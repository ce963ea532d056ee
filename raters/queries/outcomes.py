"""What became of the items of a set: a gold label, or the reason why there is none."""

from __future__ import annotations

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from ..models import GoldLabel, Rating, RatingItem

ENOUGH = 2  # independent labels below which there is no consensus to speak of

GOLD = "gold"
# The first that fits is the reason, in this order. The words complete "n items ..."
REASONS = {
    "left_out": "left out by the owner",
    "undecidable": "found undecidable",
    "tied": "tied, not decided yet",
    "waiting": "skipped again and again",
    "cannot_tell": "whose raters can't tell",
    "too_few": "not rated enough",
    "not_derived": "rated, gold not derived yet",
}


def with_outcome(items: QuerySet[RatingItem]) -> QuerySet[RatingItem]:
    """Each item with `outcome`, "gold" or one of `REASONS`, and `gold_position`, the place of its level or null."""
    labels = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    told = Rating.objects.filter(
        rating_item=OuterRef("pk"), occasion=1, counted=True, superseded_at=None, answer=Rating.Answer.LEVEL
    )
    n_told = told.order_by().values("rating_item").annotate(n=Count("pk")).values("n")
    found = items.annotate(
        gold_source=Subquery(labels.values("source")[:1]),
        gold_position=Subquery(labels.values("level__position")[:1]),
        told=Coalesce(Subquery(n_told), 0),
    )
    return found.annotate(
        outcome=Case(
            When(~Q(exclude_reason=""), then=Value("left_out")),
            When(gold_position__isnull=False, then=Value(GOLD)),
            When(gold_source=GoldLabel.Source.TIE, then=Value("tied")),
            When(gold_source__isnull=False, then=Value("undecidable")),
            When(asked_at__isnull=False, then=Value("waiting")),
            When(told__gte=ENOUGH, then=Value("not_derived")),
            When(Q(counted__gte=F("overlap")) | Q(counted__gte=ENOUGH), then=Value("cannot_tell")),
            default=Value("too_few"),
            output_field=CharField(),
        )
    )
