"""Items for adjudication: which come next, and what was said of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from attributes.models import Level

from ..models import GoldLabel, Rating, RatingItem, RatingSet
from ..queries import ratings as queries

KINDS = {"tied": "Tied", "flagged": "Flagged", "disagreeing": "Decided by majority", "decided": "Adjudicated"}


@dataclass(frozen=True)
class Vote:
    """An answer in force as the adjudicator sees it; `rater` may be hidden behind `number`."""

    number: int
    rater: str
    level: Level | None
    reason: str
    rationale: str
    confidence: int | None
    seconds: float | None


@dataclass(frozen=True)
class Option:
    level: Level
    n: int


@dataclass(frozen=True)
class Case:
    rating_item: RatingItem
    votes: list[Vote]
    options: list[Option]
    flags: list[str]
    decided: GoldLabel | None


def of_kind(rating_set: RatingSet, kind: str) -> QuerySet[RatingItem]:
    """Items up for adjudication. Only ties may come from a sealed test."""
    due = queries.may_be_adjudicated(rating_set).select_related("item__media").order_by("pk")
    labels = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    if kind == "flagged":
        return due.filter(Exists(queries.open_flags(rating_set).filter(rating_item=OuterRef("pk"))))
    source = {
        "tied": GoldLabel.Source.TIE,
        "disagreeing": GoldLabel.Source.MAJORITY,
        "decided": GoldLabel.Source.ADJUDICATED,
    }[kind]
    return due.filter(Exists(labels.filter(source=source)))


def counts(rating_set: RatingSet) -> list[tuple[str, str, int]]:
    """(kind, name, how many) of each kind."""
    if rating_set.state != RatingSet.State.ADJUDICATING:
        return []
    return [(kind, name, of_kind(rating_set, kind).count()) for kind, name in KINDS.items()]


def next_case(rating_set: RatingSet, kind: str, *, after: int = 0) -> RatingItem | None:
    """The next item of the kind behind item `after`, then from the beginning; None when there is none."""
    if rating_set.state != RatingSet.State.ADJUDICATING:
        return None
    due = of_kind(rating_set, kind)
    return due.filter(pk__gt=after).first() or due.first()


def find(rating_set: RatingSet, pk: int) -> RatingItem | None:
    return RatingItem.objects.filter(rating_set=rating_set, pk=pk).select_related("item__media").first()


def load(rating_item: RatingItem) -> Case:
    """What the raters said, in the order in which they said it."""
    answers = queries.counted(RatingItem.objects.filter(pk=rating_item.pk)).select_related("rater", "level")
    votes = [_vote(number, answer) for number, answer in enumerate(answers.order_by("pk"), 1)]
    levels = Level.objects.filter(attribute__definitions__rating_sets=rating_item.rating_set_id)
    chosen = [vote.level for vote in votes]
    label = GoldLabel.objects.filter(rating_item=rating_item, superseded_at=None).select_related("level").first()
    return Case(
        rating_item=rating_item,
        votes=votes,
        options=[Option(level, chosen.count(level)) for level in levels],
        flags=list(rating_item.flags.filter(resolved_by=None).order_by("pk").values_list("note", flat=True)),
        decided=label if label and label.source == GoldLabel.Source.ADJUDICATED else None,
    )


def _vote(number: int, answer: Rating) -> Vote:
    return Vote(
        number=number,
        rater=answer.rater.name,
        level=answer.level,
        reason=answer.reason,
        rationale=answer.rationale,
        confidence=answer.confidence,
        seconds=None if answer.duration_ms is None else answer.duration_ms / 1000,
    )
