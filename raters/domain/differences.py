"""Where a rater's answers differ from the gold of a frozen set, for the rater themselves.

Sealed test items enter the counts and are never listed. Seeing gold is an exposure: the list is opened by a recorded
act (`open_list`) and read only by who has opened it (`has_opened`).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery

from labelhub.accounts.models import User
from labelhub.lib.errors import Refused

from ..models import Exposure, GoldLabel, Rating, RatingItem, RatingSet
from ..queries import ratings as queries
from ..stats.intervals import wilson
from . import gold
from .clauses import Clause, deciding


@dataclass(frozen=True)
class Share:
    """Answers the same as gold: `same` of `n`, with an interval where there are any; "can't tell" has no part in it."""

    same: int
    n: int
    sealed: int  # of those that differ, on items that are never listed
    cannot_tell: int

    @property
    def value(self) -> float | None:
        return self.same / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | tuple[None, None]:
        return wilson(self.same, self.n) if self.n else (None, None)


@dataclass(frozen=True)
class Difference:
    rating: Rating
    gold: GoldLabel
    clause: Clause | None


def share(*, rater: User, rating_set: RatingSet) -> Share:
    """Over every item of the set that has gold, those of a sealed test included."""
    compared = _compared(rater, RatingItem.objects.filter(rating_set=rating_set, exclude_reason=""))
    n = compared.count()
    differ = compared.exclude(level=F("gold_level")).count()
    items = RatingItem.objects.filter(rating_set=rating_set, exclude_reason="")
    untold = queries.counted(items).filter(rater=rater, answer=Rating.Answer.CANNOT_TELL).count()
    return Share(n - differ, n, differ - listed(rater=rater, rating_set=rating_set).count(), untold)


def listed(*, rater: User, rating_set: RatingSet) -> QuerySet[Rating]:
    """Their answers that differ from gold, on items that may be shown, in the order of the set's drawing."""
    items = queries.visible(rating_set).filter(exclude_reason="")
    differing = _compared(rater, items).exclude(level=F("gold_level"))
    return differing.select_related("level", "rating_item__item__media").order_by("rating_item")


def _compared(rater: User, items: QuerySet[RatingItem]) -> QuerySet[Rating]:
    """The rater's counted answers with a level, on items with a gold level."""
    labels = GoldLabel.objects.filter(rating_item=OuterRef("rating_item"), superseded_at=None)
    mine = queries.with_level(queries.counted(items)).filter(rater=rater)
    return mine.annotate(gold_level=Subquery(labels.values("level")[:1])).filter(gold_level__isnull=False)


def describe(rating_set: RatingSet, ratings: list[Rating]) -> list[Difference]:
    """These answers beside gold and what the definition says of its level."""
    labels = GoldLabel.objects.filter(rating_item__in=[one.rating_item_id for one in ratings], superseded_at=None)
    by_item = {label.rating_item_id: label for label in labels.select_related("level")}
    spec = rating_set.definition.parsed()
    found = [(rating, by_item[rating.rating_item_id]) for rating in ratings]
    return [Difference(one, label, deciding(spec, "", label.level.key if label.level else "")) for one, label in found]


@transaction.atomic
def open_list(*, rater: User, rating_set: RatingSet) -> None:
    """Record that the rater sees the gold of these items, before they are shown."""
    if rating_set.state != RatingSet.State.FROZEN:
        raise Refused(f"{rating_set.name} is {rating_set.get_state_display().lower()}: its labels are not settled yet")
    items = listed(rater=rater, rating_set=rating_set).values("rating_item")
    rows = RatingItem.objects.filter(pk__in=items).select_related("rating_set__definition__attribute")
    gold.expose(user=rater, rating_items=list(rows), kind=Exposure.Kind.GOLD)


def has_opened(*, rater: User, rating_set: RatingSet) -> bool:
    """Whether their seeing of every listed item's gold is on record."""
    items = set(listed(rater=rater, rating_set=rating_set).values_list("rating_item__item", flat=True))
    seen = Exposure.objects.filter(user=rater, attribute=rating_set.definition.attribute_id, item__in=items)
    return seen.filter(kind=Exposure.Kind.GOLD).count() == len(items)
