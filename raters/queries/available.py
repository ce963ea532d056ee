"""What of a set still waits for a rater, in Django's words: to count and to say why nothing is left.

`raters.domain.draws` draws by the same conditions in plain SQL.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef, QuerySet

from labelhub.accounts.models import User

from ..models import Assignment, Exposure, RatingItem, RatingSet

State = Assignment.State
NOT_TO_SHOW = (State.DONE, State.LEASED, State.FAILED)


def available_to(rater: User, rating_set: RatingSet, *, but: Sequence[str] = NOT_TO_SHOW) -> QuerySet[RatingItem]:
    """Items that still want a rating and that this person may rate: not answered by them, no label of it seen."""
    taken = Assignment.objects.filter(rating_item=OuterRef("pk"), rater=rater, state__in=but, occasion=1)
    exposed = Exposure.objects.filter(item=OuterRef("item"), user=rater, attribute=rating_set.definition.attribute_id)
    return incomplete(rating_set).filter(~Exists(taken), ~Exists(exposed), counted__lt=F("overlap") - F("claimed"))


def incomplete(rating_set: RatingSet) -> QuerySet[RatingItem]:
    """Items that have not all of their answers; those that wait for the owner's word are not asked for."""
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    return items.filter(asked_at=None, counted__lt=F("overlap"))
