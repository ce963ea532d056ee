"""What the raters of a set have judged before, in other sets of the attribute."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from attributes.models import Membership, Role
from labelhub.accounts.models import User

from ..models import Exposure, Rating, RatingItem, RatingSet


@dataclass(frozen=True)
class Earlier:
    """Items of a set that somebody who may rate it has judged before, of `n_items`; and how many people that are."""

    items: int
    n_items: int
    raters: int


def may_rate(rating_set: RatingSet) -> QuerySet[User]:
    """The named raters, or everybody with the rater role now."""
    if rating_set.is_named:
        return User.objects.filter(set_raters__rating_set=rating_set)
    held = Membership.objects.filter(role=Role.RATER, disabled_at=None)
    corpus = rating_set.definition.attribute.corpus_id
    return User.objects.filter(is_active=True, pk__in=held.filter(corpus=corpus).values("user"))


def judged_before(rating_set: RatingSet) -> QuerySet[Rating]:
    """Answers to items of the set that its raters gave in other sets of the attribute; without those whose rater has
    seen a label of the item and is not asked again."""
    attribute = rating_set.definition.attribute_id
    seen = Exposure.objects.filter(user=OuterRef("rater"), item=OuterRef("rating_item__item"), attribute=attribute)
    given = Rating.objects.filter(
        rater__in=may_rate(rating_set), rating_item__item__in=_measured(rating_set).values("item")
    )
    given = given.filter(rating_item__rating_set__definition__attribute=attribute)
    return given.exclude(rating_item__rating_set=rating_set).filter(~Exists(seen))


def counts(rating_set: RatingSet) -> Earlier:
    found = judged_before(rating_set).aggregate(
        items=Count("rating_item__item", distinct=True), raters=Count("rater", distinct=True)
    )
    return Earlier(**found, n_items=_measured(rating_set).count())


def _measured(rating_set: RatingSet) -> QuerySet[RatingItem]:
    return RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE)
