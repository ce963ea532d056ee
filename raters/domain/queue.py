"""What is left for a rater, and when nothing is: why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from django.db.models import Exists, OuterRef, Q, QuerySet

from attributes.models import Corpus
from labelhub.accounts.models import User

from ..models import Assignment, Exposure, RatingSet, SetRater
from ..queries.available import available_to, incomplete

SHOWN_AT_MOST = 1000  # counted no further: a rater's queue page stays quick on a million items


class Cause(Enum):
    """Why a rater gets no item of a set."""

    NOT_OPEN = "not open"
    NOT_NAMED = "given to other raters"
    PAUSED = "paused"
    QUOTA = "quota reached"
    COMPLETE = "complete"
    ALL_YOURS = "you have rated all that is left"
    EXPOSED = "you have seen labels of what is left"
    OTHERS_AT_IT = "others are rating what is left"


@dataclass(frozen=True)
class Progress:
    """Answers given: the rater's own, of how many they will get (None = open), and everybody's."""

    mine: int
    mine_total: int | None
    team: int
    team_total: int


@dataclass(frozen=True)
class Waiting:
    """A set as it stands on a rater's queue."""

    rating_set: RatingSet
    progress: Progress
    left: int
    cause: Cause | None

    @property
    def more(self) -> bool:
        """Whether more is left than was counted."""
        return self.left > SHOWN_AT_MOST


def mine(rater: User, rating_set: RatingSet) -> int:
    """Items the rater has answered, hidden checks and repeats included: the count must not tell them apart."""
    counts = SetRater.objects.filter(rating_set=rating_set, user=rater).values_list("answered", "extra").first()
    return sum(counts or ())


def progress(rater: User, rating_set: RatingSet) -> Progress:
    """From the raters' seats: a few rows, however many ratings there are."""
    return _progress(rater, [rating_set])[rating_set.pk]


def _progress(rater: User, rating_sets: Sequence[RatingSet]) -> dict[int, Progress]:
    fields = ("rating_set", "user", "answered", "quota")
    seats = list(SetRater.objects.filter(rating_set__in=rating_sets).values_list(*fields))
    found = {}
    for rating_set in rating_sets:
        here = {user: (answered, quota) for of, user, answered, quota in seats if of == rating_set.pk}
        mine, quota = here.get(rater.pk, (0, None))
        n_items = int(rating_set.design.get("size", 0))
        everybody_rates_all = rating_set.is_named and len(here) <= rating_set.overlap
        found[rating_set.pk] = Progress(
            mine=mine,
            mine_total=quota or (n_items if everybody_rates_all else None),
            team=sum(answered for answered, _ in here.values()),
            team_total=n_items * rating_set.overlap,
        )
    return found


def sets_for(rater: User, corpus: Corpus) -> QuerySet[RatingSet]:
    """Open sets the rater may work on, the oldest first: it was asked for first."""
    own = SetRater.objects.filter(rating_set=OuterRef("pk"), user=rater)
    opened = RatingSet.objects.filter(definition__attribute__corpus=corpus, state=RatingSet.State.OPEN)
    for_me = Q(design__named_raters=True) & ~Exists(own)
    return opened.exclude(for_me).select_related("definition__attribute").order_by("pk")


def waiting(rater: User, rating_sets: Sequence[RatingSet]) -> list[Waiting]:
    """Each open set with what is left of it for this rater, and the cause where nothing is.

    One query a set, for what is left; a second where that is nothing.
    """
    found = _progress(rater, rating_sets)
    claims = Assignment.objects.filter(
        rater=rater, rating_item__rating_set__in=rating_sets, state=Assignment.State.LEASED
    )
    held = Counter(claims.values_list("rating_item__rating_set", flat=True))
    own = {seat.rating_set_id: seat for seat in SetRater.objects.filter(rating_set__in=rating_sets, user=rater)}
    rows = []
    for rating_set in rating_sets:
        cause = _barred(rating_set, own.get(rating_set.pk))
        left = 0 if cause else available_to(rater, rating_set)[: SHOWN_AT_MOST + 1].count()
        left += 0 if cause else held[rating_set.pk]
        cause = cause or (None if left else _exhausted(rater, rating_set))
        rows.append(Waiting(rating_set, found[rating_set.pk], left, cause))
    return rows


def left(rater: User, rating_set: RatingSet) -> int | None:
    """Items that still wait for this rater, those they hold included; None for a set too large to count each time."""
    if int(rating_set.design.get("size", 0)) > SHOWN_AT_MOST:
        return None
    held = Assignment.objects.filter(
        rater=rater, rating_item__rating_set=rating_set, state=Assignment.State.LEASED
    ).count()
    return available_to(rater, rating_set).count() + held


def why_nothing(rater: User, rating_set: RatingSet) -> Cause:
    """The cause, asked when a claim found nothing or was refused."""
    current = RatingSet.objects.get(pk=rating_set.pk)
    seat = SetRater.objects.filter(rating_set=rating_set, user=rater).first()
    return _barred(current, seat) or _exhausted(rater, rating_set)


def _barred(rating_set: RatingSet, seat: SetRater | None) -> Cause | None:
    """What keeps the rater out whatever items there are."""
    if rating_set.state != RatingSet.State.OPEN:
        return Cause.NOT_OPEN
    if seat is None:
        return Cause.NOT_NAMED if rating_set.is_named else None
    if seat.paused_at:
        return Cause.PAUSED
    return Cause.QUOTA if seat.quota is not None and seat.answered >= seat.quota else None


def _exhausted(rater: User, rating_set: RatingSet) -> Cause:
    """Which of the conditions of `available_to` took the last items away, the rater's own doing last."""
    wanted = incomplete(rating_set)
    if not wanted.exists():
        return Cause.COMPLETE
    done = Assignment.objects.filter(rating_item=OuterRef("pk"), rater=rater, state=Assignment.State.DONE)
    not_mine = wanted.filter(~Exists(done))
    if not not_mine.exists():
        return Cause.ALL_YOURS
    seen = Exposure.objects.filter(item=OuterRef("item"), user=rater, attribute=rating_set.definition.attribute_id)
    return Cause.OTHERS_AT_IT if not_mine.filter(~Exists(seen)).exists() else Cause.EXPOSED
