"""What adjudicated items have shown about a definition: notes for its author."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from attributes.models import Attribute
from labelhub.accounts.models import User

from ..models import Flag, RatingItem, RatingSet
from ..queries import ratings as queries


def leave(*, rating_item: RatingItem, note: str, actor: User) -> Flag:
    """Say what an item has shown about the definition. The same person's open note on it is replaced."""
    flag, _ = Flag.objects.update_or_create(
        rating_item=rating_item, rater=actor, kind=Flag.Kind.DEFINITION, resolved_by=None,
        defaults={"note": note.strip()[:2000]},
    )  # fmt: skip
    return flag


def open_notes(attribute: Attribute) -> QuerySet[Flag]:
    """Open notes for the definition of an attribute, from all of its sets, oldest first."""
    open_ones = Flag.objects.filter(kind=Flag.Kind.DEFINITION, resolved_by=None)
    found = open_ones.filter(rating_item__rating_set__definition__attribute=attribute)
    sealed = Q(rating_item__split=RatingItem.Split.TEST, rating_item__rating_set__unsealed_at=None)
    return found.exclude(sealed).select_related("rater", "rating_item__item", "rating_item__rating_set").order_by("pk")


def of_set(rating_set: RatingSet) -> QuerySet[Flag]:
    """The same from one set, without those on items that may not be listed."""
    found = queries.open_flags(rating_set, Flag.Kind.DEFINITION).filter(rating_item__in=queries.visible(rating_set))
    return found.select_related("rater", "rating_item__item").order_by("pk")
