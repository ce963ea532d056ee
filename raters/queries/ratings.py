"""Which ratings count, and as the arrays the statistics take."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from ..models import GoldLabel, Rating, RatingItem, RatingSet


def measured(rating_set: RatingSet, split: str) -> QuerySet[RatingItem]:
    """Items that may enter agreement, consensus and evaluation; `split` is dev, test, shots or all (dev and test).

    An unsealed test split is dev.
    """
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    dev, test = RatingItem.Split.DEV, RatingItem.Split.TEST
    if split == "all":
        return items.filter(split__in=[dev, test])
    if rating_set.unsealed_at and split == dev:
        return items.filter(split__in=[dev, test])
    return items.filter(split=split)


def counted(rating_items: QuerySet[RatingItem]) -> QuerySet[Rating]:
    """First-occasion answers in force that count, "can't tell" included."""
    return Rating.objects.filter(rating_item__in=rating_items, occasion=1, counted=True, superseded_at=None)


def with_level(ratings: QuerySet[Rating]) -> QuerySet[Rating]:
    return ratings.filter(answer=Rating.Answer.LEVEL)


def gold(rating_items: QuerySet[RatingItem]) -> QuerySet[GoldLabel]:
    """The labels in force."""
    return GoldLabel.objects.filter(rating_item__in=rating_items, superseded_at=None)


def needs_adjudication(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Rated items whose majority is tied, and nobody has decided yet."""
    tied = GoldLabel.objects.filter(superseded_at=None, source=GoldLabel.Source.TIE)
    return RatingItem.objects.filter(Q(gold_labels__in=tied), rating_set=rating_set).order_by("pk")
