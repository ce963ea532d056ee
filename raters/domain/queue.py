"""What is left for a rater, and when nothing is: why."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User

from ..models import Assignment, Exposure, Rating, RatingItem, RatingSet, SetRater
from ..queries.available import available_to, incomplete
from . import qualifications
from .qualifications import Result

SHOWN_AT_MOST = 1000  # counted no further: a rater's queue page stays quick on a million items


class Cause(Enum):
    """Why a rater gets no item of a set."""

    NOT_OPEN = "not open"
    NOT_NAMED = "given to other raters"
    PAUSED = "paused"
    NOT_QUALIFIED = "another set must be passed first"
    PASSED = "passed"
    NOT_PASSED = "not passed"
    QUOTA = "quota reached"
    COMPLETE = "complete"
    ALL_YOURS = "you have rated all that is left"
    OWNER_ASKED = "what is left waits for the owner"
    EXPOSED = "you have seen labels of what is left"
    OTHERS_AT_IT = "others are rating what is left"


@dataclass(frozen=True)
class Progress:
    """Answers given: the rater's own, of about how many they will get (None = open), and everybody's.

    A rater's own are counted with the hidden checks and repeats among them: no counter tells one from the others.
    """

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
    result: Result | None = None  # of a qualification

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
    fields = ("rating_set", "user", "answered", "extra", "quota")
    seats = list(SetRater.objects.filter(rating_set__in=rating_sets).values_list(*fields))
    found = {}
    for rating_set in rating_sets:
        here = {user: counts for of, user, *counts in seats if of == rating_set.pk}
        answered, extra, quota = here.get(rater.pk, (0, 0, None))
        mine = (answered or 0) + (extra or 0)
        found[rating_set.pk] = Progress(
            mine=mine,
            mine_total=_with_extras(rating_set, quota or _share_of_all(rating_set, len(here)), mine),
            team=sum(counts[0] or 0 for counts in here.values()),
            team_total=_size(rating_set) * rating_set.overlap,
        )
    return found


class Counted(Protocol):
    """What a seat knows of its work."""

    @property
    def quota(self) -> int | None: ...
    @property
    def answered(self) -> int: ...
    @property
    def extra(self) -> int: ...


def mine_total(seat: Counted, rating_set: RatingSet) -> int | None:
    """About how many items the rater will be shown in all; None where nobody can say.

    It is the same before and after a hidden check, so that the counter gives none away. At most one small query.
    """
    if rating_set.teaches:
        return qualifications.lessons(rating_set)
    base = seat.quota
    if base is None and rating_set.is_named:
        base = _share_of_all(rating_set, rating_set.set_raters.count())
    return _with_extras(rating_set, base, seat.answered + seat.extra)


def _size(rating_set: RatingSet) -> int:
    return int(rating_set.design.get("size", 0))


def _share_of_all(rating_set: RatingSet, n_raters: int) -> int | None:
    """All items, where the named raters are so few that each rates everything."""
    return _size(rating_set) if rating_set.is_named and n_raters <= rating_set.overlap else None


def _with_extras(rating_set: RatingSet, base: int | None, mine: int) -> int | None:
    """`base` measured items and the checks and repeats to be expected among them; never less than is done."""
    if base is None:
        return None
    there_are = int(rating_set.design.get(RatingItem.Role.CHECK, 0))
    checks = min(there_are, base * rating_set.check_rate / (1 - rating_set.check_rate))
    return max(mine, base + round(checks + base * rating_set.repeat_rate))


def sets_for(rater: User, corpus: Corpus) -> QuerySet[RatingSet]:
    """Open sets the rater may work on: qualifications, then the oldest first, which was asked for first."""
    own = SetRater.objects.filter(rating_set=OuterRef("pk"), user=rater)
    opened = RatingSet.objects.filter(definition__attribute__corpus=corpus, state=RatingSet.State.OPEN)
    for_me = Q(design__named_raters=True) & ~Exists(own)
    later = Case(When(purpose=RatingSet.Purpose.QUALIFICATION, then=Value(0)), default=Value(1))
    found = opened.exclude(for_me).select_related("definition__attribute", "qualification__definition__attribute")
    return found.order_by(later, "pk")


def finished(rater: User, corpus: Corpus) -> QuerySet[RatingSet]:
    """Frozen sets with answers of the rater, the newest first."""
    own = SetRater.objects.filter(rating_set=OuterRef("pk"), user=rater, answered__gt=0)
    frozen = RatingSet.objects.filter(definition__attribute__corpus=corpus, state=RatingSet.State.FROZEN)
    return frozen.filter(Exists(own)).select_related("definition__attribute").order_by("-frozen_at", "-pk")


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
    lessons = qualifications.standing(rater, rating_sets)
    passed = qualifications.passed_by(rater, rating_sets)
    rows = []
    for rating_set in rating_sets:
        cause = _barred(rating_set, own.get(rating_set.pk), passed)
        if lesson := lessons.get(rating_set.pk):
            cause = cause or _of_lesson(lesson)
            rows.append(Waiting(rating_set, found[rating_set.pk], 0 if cause else lesson.left, cause, lesson))
            continue
        left = 0 if cause else available_to(rater, rating_set)[: SHOWN_AT_MOST + 1].count()
        left += 0 if cause else held[rating_set.pk]
        left = left or (0 if cause else _due_again(rating_set, own.get(rating_set.pk)))
        cause = cause or (None if left else _exhausted(rater, rating_set))
        rows.append(Waiting(rating_set, found[rating_set.pk], left, cause))
    return rows


def left(rater: User, rating_set: RatingSet) -> int | None:
    """Items that still wait for this rater, those they hold included; None for a set too large to count each time."""
    if rating_set.teaches:
        return qualifications.standing(rater, [rating_set])[rating_set.pk].left
    if int(rating_set.design.get("size", 0)) > SHOWN_AT_MOST:
        return None
    held = Assignment.objects.filter(
        rater=rater, rating_item__rating_set=rating_set, state=Assignment.State.LEASED
    ).count()
    waiting = available_to(rater, rating_set).count()
    return waiting + held + _extras_to_come(rater, rating_set, waiting)


def _extras_to_come(rater: User, rating_set: RatingSet, waiting: int) -> int:
    """About how many hidden checks and repeats will stand among the items that wait."""
    share = rating_set.check_rate + rating_set.repeat_rate
    if not share:
        return 0
    keyed = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.CHECK, exclude_reason="")
    given = Assignment.objects.filter(rating_item=OuterRef("pk"), rater=rater).exclude(state=Assignment.State.QUEUED)
    unseen = keyed.exclude(Exists(given)).count() if rating_set.check_rate else 0
    due = _due_again(rating_set, SetRater.objects.filter(rating_set=rating_set, user=rater).first())
    shown = waiting / (1 - share) if share < 1 else waiting
    repeats = min(due, round(rating_set.repeat_rate * shown)) if waiting else due
    return min(unseen, round(rating_set.check_rate * shown)) + repeats


def _due_again(rating_set: RatingSet, seat: SetRater | None) -> int:
    """Own items to be asked again now that nothing else is left: what is missing of the share, as far as they rest."""
    if seat is None or not rating_set.repeat_rate:
        return 0
    again = Assignment.objects.filter(rating_item__rating_set=rating_set, rater=seat.user_id, occasion=2)
    missing = math.ceil(rating_set.repeat_rate * seat.answered) - again.count()
    rested = Now() - dt.timedelta(days=rating_set.repeat_after_days)
    items = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
    answers = Rating.objects.filter(rating_item__in=items, rater=seat.user_id, occasion=1, counted=True)
    answers = answers.filter(superseded_at=None, created_at__lt=rested)
    answers = answers.exclude(Exists(again.filter(rating_item=OuterRef("rating_item"))))
    return answers[: max(0, missing)].count()


def why_nothing(rater: User, rating_set: RatingSet) -> Cause:
    """The cause, asked when a claim found nothing or was refused."""
    current = RatingSet.objects.get(pk=rating_set.pk)
    seat = SetRater.objects.filter(rating_set=rating_set, user=rater).first()
    barred = _barred(current, seat, qualifications.passed_by(rater, [current]))
    if barred is None and current.teaches:  # what is left of a lesson was skipped by so many that its owner decides
        return _of_lesson(qualifications.standing(rater, [current])[current.pk]) or Cause.OWNER_ASKED
    return barred or _exhausted(rater, rating_set)


def _barred(rating_set: RatingSet, seat: SetRater | None, passed: Iterable[int]) -> Cause | None:
    """What keeps the rater out whatever items there are; `passed` are the qualifications they have passed."""
    if rating_set.state != RatingSet.State.OPEN:
        return Cause.NOT_OPEN
    if seat is None and rating_set.is_named:
        return Cause.NOT_NAMED
    if seat and seat.paused_at:
        return Cause.PAUSED
    if rating_set.qualification_id and rating_set.qualification_id not in passed:
        return Cause.NOT_QUALIFIED
    return Cause.QUOTA if seat and seat.quota is not None and seat.answered >= seat.quota else None


def _of_lesson(result: Result) -> Cause | None:
    if result.passed is None:
        return None
    return Cause.PASSED if result.passed else Cause.NOT_PASSED


def _exhausted(rater: User, rating_set: RatingSet) -> Cause:
    """Which of the conditions of `available_to` took the last items away, the rater's own doing last."""
    wanted = incomplete(rating_set)
    if not wanted.exists():
        asked = RatingItem.objects.filter(rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="")
        asked = asked.filter(asked_at__isnull=False, counted__lt=F("overlap"))
        return Cause.OWNER_ASKED if asked.exists() else Cause.COMPLETE
    done = Assignment.objects.filter(rating_item=OuterRef("pk"), rater=rater, state=Assignment.State.DONE)
    not_mine = wanted.filter(~Exists(done))
    if not not_mine.exists():
        return Cause.ALL_YOURS
    seen = Exposure.objects.filter(item=OuterRef("item"), user=rater, attribute=rating_set.definition.attribute_id)
    return Cause.OTHERS_AT_IT if not_mine.filter(~Exists(seen)).exists() else Cause.EXPOSED
