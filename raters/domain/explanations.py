"""Why the answer to each item of a qualification is right: the clause that decides it, and a note.

The answers themselves are fixed; how they are explained may be bettered at any time. Seeing them is an exposure: the
list is opened by a recorded act and read only by who has opened it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from attributes.domain import audit
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput

from ..models import AnswerKey, Exposure, RatingItem, RatingSet
from . import clauses, gold

MAX_NOTE = 2000


@dataclass(frozen=True)
class Explanation:
    clause: str
    note: str


def of_set(rating_set: RatingSet) -> QuerySet[AnswerKey]:
    keys = AnswerKey.objects.filter(rating_item__rating_set=rating_set, rating_item__role=RatingItem.Role.TEACH)
    return keys.select_related("level", "rating_item__item__media").order_by("rating_item")


@transaction.atomic
def open_list(*, user: User, rating_set: RatingSet) -> None:
    """Record that the person sees the right answers, before they are shown."""
    rows = RatingItem.objects.filter(pk__in=of_set(rating_set).values("rating_item"))
    gold.expose(
        user=user,
        rating_items=list(rows.select_related("rating_set__definition__attribute")),
        kind=Exposure.Kind.GOLD,
    )


def has_opened(*, user: User, rating_set: RatingSet) -> bool:
    """Whether their seeing of every answer is on record."""
    items = set(of_set(rating_set).values_list("rating_item__item", flat=True))
    seen = Exposure.objects.filter(user=user, attribute=rating_set.definition.attribute_id, item__in=items)
    return seen.filter(kind=Exposure.Kind.GOLD).count() == len(items)


@transaction.atomic
def explain(*, rating_set: RatingSet, said: Mapping[int, Explanation], actor: User) -> int:
    """Change how these answers are explained; how many changed. `BadInput` for a clause that is not there."""
    spec = rating_set.definition.parsed()
    changed = []
    for key in of_set(rating_set).filter(pk__in=said).select_for_update(of=("self",)):
        new = Explanation(said[key.pk].clause, said[key.pk].note.strip()[:MAX_NOTE])
        if new.clause and clauses.find(spec, new.clause) is None:
            raise BadInput(f"clause: the definition has no clause {new.clause!r}")
        if new != Explanation(key.clause, key.note):
            key.clause, key.note = new.clause, new.note
            changed.append(key)
    AnswerKey.objects.bulk_update(changed, ["clause", "note"])
    if changed:
        corpus = rating_set.definition.attribute.corpus
        audit.record(actor=actor, corpus=corpus, verb="answers_explained", target=rating_set, n=len(changed))
    return len(changed)
