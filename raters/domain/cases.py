"""Items for adjudication: which come next, and what was said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from attributes.models import Level, Media

from ..models import Flag, GoldLabel, Rating, RatingItem, RatingSet
from ..queries import ratings as queries
from ..queries.disagreement import most_disputed_first
from . import quality, reasons
from .agreement import measurement

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
    rushed: bool
    evidence_ms: list[int]

    @property
    def has_words(self) -> bool:
        return bool(self.rationale or self.reason or self.evidence_ms)


@dataclass(frozen=True)
class Option:
    """A level, and who chose it."""

    level: Level
    votes: list[Vote]

    @property
    def n(self) -> int:
        return len(self.votes)


@dataclass(frozen=True)
class Case:
    rating_item: RatingItem
    votes: list[Vote]
    options: list[Option]
    flags: list[str]
    for_definition: list[str]
    decided: GoldLabel | None

    @property
    def untold(self) -> list[Vote]:
        """Who could not tell."""
        return [vote for vote in self.votes if vote.level is None]

    @property
    def pairs(self) -> tuple[int, int]:
        """How many pairs of answers with a level agree, of how many."""
        sizes = [option.n for option in self.options]
        total = sum(sizes)
        return sum(n * (n - 1) // 2 for n in sizes), total * (total - 1) // 2


def of_kind(rating_set: RatingSet, kind: str) -> QuerySet[RatingItem]:
    """Items up for adjudication, the least agreed first. Only ties may come from a sealed test."""
    due = queries.may_be_adjudicated(rating_set).select_related("item__media")
    labels = GoldLabel.objects.filter(rating_item=OuterRef("pk"), superseded_at=None)
    source = {
        "tied": [GoldLabel.Source.TIE],
        "disagreeing": queries.CONTESTED,
        "decided": [GoldLabel.Source.ADJUDICATED],
    }
    flagged = queries.open_flags(rating_set).filter(rating_item=OuterRef("pk"))
    due = due.filter(Exists(flagged if kind == "flagged" else labels.filter(source__in=source[kind])))
    return most_disputed_first(due, ordinal=measurement(rating_set) == "ordinal")


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
    return (due.filter(_behind(rating_set, after)).first() if after else None) or due.first()


def _behind(rating_set: RatingSet, pk: int) -> Q:
    """What comes after an item in the order of `of_kind`; the item itself may have left its kind."""
    items = RatingItem.objects.filter(rating_set=rating_set, pk=pk)
    rows: QuerySet[Any] = most_disputed_first(items, ordinal=measurement(rating_set) == "ordinal")
    at = rows.values_list("disagreement", flat=True).first()
    if at is None:
        return Q(disagreement=None, pk__gt=pk)
    return Q(disagreement__lt=at) | Q(disagreement=at, pk__gt=pk) | Q(disagreement=None)


def find(rating_set: RatingSet, pk: int) -> RatingItem | None:
    return RatingItem.objects.filter(rating_set=rating_set, pk=pk).select_related("item__media").first()


def decision(rating_item: RatingItem) -> GoldLabel | None:
    """What an adjudicator has decided of the item, as it stands."""
    decided = GoldLabel.objects.filter(rating_item=rating_item, superseded_at=None, source=GoldLabel.Source.ADJUDICATED)
    return decided.select_related("level", "adjudicator").first()


def load(rating_item: RatingItem) -> Case:
    """What the raters said, in the order in which they said it."""
    answers = queries.counted(RatingItem.objects.filter(pk=rating_item.pk)).select_related("rater", "level")
    clip_ms = Media.objects.filter(item=rating_item.item_id).values_list("duration_ms", flat=True).first() or 0
    least_ms = quality.least_look_ms(rating_item.rating_set, clip_ms)
    votes = [_vote(number, answer, least_ms) for number, answer in enumerate(answers.order_by("pk"), 1)]
    levels = Level.objects.filter(attribute__definitions__rating_sets=rating_item.rating_set_id)
    raised = rating_item.flags.filter(resolved_by=None).order_by("pk").values_list("kind", "note")
    return Case(
        rating_item=rating_item,
        votes=votes,
        options=[Option(level, [vote for vote in votes if vote.level == level]) for level in levels],
        flags=[note for kind, note in raised if kind != Flag.Kind.DEFINITION],
        for_definition=[note for kind, note in raised if kind == Flag.Kind.DEFINITION],
        decided=decision(rating_item),
    )


def _vote(number: int, answer: Rating, least_look_ms: int) -> Vote:
    took = answer.duration_ms
    return Vote(
        number=number,
        rater=answer.rater.name,
        level=answer.level,
        reason=reasons.in_words(answer.reason),
        rationale=answer.rationale,
        confidence=answer.confidence,
        seconds=None if took is None else took / 1000,
        rushed=took is not None and took < least_look_ms,
        evidence_ms=answer.evidence_ms,
    )
