"""What adjudicators have decided of a set, as a list for those who may read it.

The decisions are gold: seeing them is an exposure. The list is opened by a recorded act (`open_list`) and read only by
who has opened it (`has_opened`). Items of a sealed test enter the counts and are never listed.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from labelhub.accounts.models import User

from ..models import Exposure, GoldLabel, RatingItem, RatingSet
from ..queries import ratings as queries
from . import gold


def decided(rating_set: RatingSet) -> QuerySet[GoldLabel]:
    """Every decision in force."""
    labels = GoldLabel.objects.filter(source=GoldLabel.Source.ADJUDICATED, superseded_at=None)
    return labels.filter(rating_item__rating_set=rating_set)


def listed(rating_set: RatingSet, reason: str = "") -> QuerySet[GoldLabel]:
    """Those on items that may be listed, the latest first; `reason` is a tag that they shall have."""
    labels = decided(rating_set).filter(rating_item__in=queries.visible(rating_set))
    labels = labels.filter(reason_tag=reason) if reason else labels
    return labels.select_related("level", "adjudicator", "rating_item__item__media").order_by("-created_at", "-pk")


def by_reason(rating_set: RatingSet) -> list[tuple[str, str, int]]:
    """(tag, its words, how many are listed) of each reason that was given."""
    rows = listed(rating_set).order_by().values_list("reason_tag").annotate(n=Count("pk"))
    counts = dict(rows)
    return [(key, str(words), counts[key]) for key, words in GoldLabel.Reason.choices if key in counts]


@transaction.atomic
def open_list(*, reader: User, rating_set: RatingSet) -> None:
    """Record that the person sees these labels, before they are shown."""
    items = RatingItem.objects.filter(gold_labels__in=_unseen(reader, rating_set))
    found = list(items.select_related("rating_set__definition__attribute"))
    gold.expose(user=reader, rating_items=found, kind=Exposure.Kind.GOLD)


def has_opened(*, reader: User, rating_set: RatingSet) -> bool:
    """Whether the person's seeing of every listed label is on record; their own decisions they know."""
    return not _unseen(reader, rating_set).exists()


def _unseen(reader: User, rating_set: RatingSet) -> QuerySet[GoldLabel]:
    seen = Exposure.objects.filter(user=reader, item=OuterRef("rating_item__item"), kind=Exposure.Kind.GOLD)
    seen = seen.filter(attribute=rating_set.definition.attribute_id)
    return listed(rating_set).exclude(adjudicator=reader).filter(~Exists(seen))
