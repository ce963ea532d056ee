"""Qualifications: a few items with a known answer, each explained at once, to be passed before a set takes answers.

Only the first answer to an item in an attempt is judged: what comes after the explanation is no test of anybody. Who
has been told an answer does not measure that item later.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Now

from attributes.domain import audit
from attributes.models import Definition
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused

from ..models import AnswerKey, Exposure, Rating, RatingItem, RatingSet, SetRater
from . import gold, keyed, ratings
from .assignments import Line
from .clauses import Clause, deciding
from .ratings import Answer

PASS_MARK = 0.8


@dataclass(frozen=True)
class Result:
    """An attempt as far as it has come: `right` of `done` answers, of `n` asked; `passed` once it has ended."""

    attempt: int
    right: int
    done: int
    n: int
    needed: int

    @property
    def passed(self) -> bool | None:
        return self.right >= self.needed if self.finished else None

    @property
    def finished(self) -> bool:
        return 0 < self.n <= self.done

    @property
    def left(self) -> int:
        return max(0, self.n - self.done)


@dataclass(frozen=True)
class Feedback:
    """What the rater is told after an answer; `result` says how the attempt stands with it.

    `judged` is False for a second answer to an item, given after the explanation.
    """

    right: bool
    judged: bool
    said: str
    expected: str
    clause: Clause | None
    note: str
    result: Result


@transaction.atomic
def create(
    *, definition: Definition, name: str, source: keyed.Source, pass_mark: float = PASS_MARK, actor: User | None = None
) -> RatingSet:
    """Make a qualification as a draft, with its items and their keys; everybody with the rater role may take it."""
    if not definition.is_fixed:
        raise Refused("a qualification rests on a published definition or a candidate, not on a draft or a retired one")
    if not 0 < pass_mark <= 1:
        raise BadInput("pass_mark: above 0 and at most 100 %")
    name = name.strip() or f"Qualification {definition.name}"
    if RatingSet.objects.filter(definition=definition, name=name).exists():
        raise BadInput(f"name: this definition has a rating set called {name!r} already")
    created = RatingSet.objects.create(
        definition=definition,
        purpose=RatingSet.Purpose.QUALIFICATION,
        name=name,
        overlap=1,
        rationale_mode=RatingSet.Ask.OFF,
        pass_mark=pass_mark,
        design={"method": "keyed", "named_raters": False},
        created_by=actor,
    )
    corpus = definition.attribute.corpus
    audit.record(actor=actor, corpus=corpus, verb="qualification_created", target=created, pass_mark=pass_mark)
    keyed.add(rating_set=created, source=source, actor=actor)
    return created


@transaction.atomic
def submit_and_learn(
    *, rater: User, assignment_uid: uuid.UUID, submission_key: uuid.UUID, answer: Answer
) -> tuple[Rating, Line, Feedback]:
    """As `ratings.submit_and_go_on`, with what the rater is told; the answer that passes and the pass are one."""
    rating, line = ratings.submit_and_go_on(
        rater=rater, assignment_uid=assignment_uid, submission_key=submission_key, answer=answer
    )
    return rating, line, after_answer(rating)


@transaction.atomic
def after_answer(rating: Rating) -> Feedback:
    """What the rater is told of an answer they have given in a qualification; asked again it says the same.

    Ends the attempt with its last answer. That they were told is recorded: they do not measure the item later.
    """
    item = RatingItem.objects.select_related("rating_set__definition__attribute__corpus").get(pk=rating.rating_item_id)
    rating_set = item.rating_set
    key = AnswerKey.objects.select_related("level").get(rating_item=item)
    seat = SetRater.objects.select_for_update().get(rating_set=rating_set, user=rating.rater_id)
    found = result(rating_set, seat, attempt=rating.occasion)
    if found.passed:
        _qualify(rating_set, seat, found)
    earlier = Rating.objects.filter(rating_item=item, rater=rating.rater_id, occasion=rating.occasion, pk__lt=rating.pk)
    gold.expose(user=rating.rater, rating_items=[item], kind=Exposure.Kind.GOLD)
    return Feedback(
        right=rating.level_id == key.level_id,
        judged=not earlier.exists(),
        said=rating.level.label if rating.level else "Can't tell",
        expected=key.level.label,
        clause=deciding(rating_set.definition.parsed(), key.clause, key.level.key),
        note=key.note,
        result=found,
    )


def _qualify(rating_set: RatingSet, seat: SetRater, found: Result) -> None:
    """Let the rater in, once."""
    if SetRater.objects.filter(pk=seat.pk, qualified_at=None).update(qualified_at=Now()):
        corpus = rating_set.definition.attribute.corpus
        audit.record(
            actor=seat.user, corpus=corpus, verb="qualification_passed", target=rating_set,
            right=found.right, n=found.n, attempt=found.attempt,
        )  # fmt: skip


def result(rating_set: RatingSet, seat: SetRater, *, attempt: int | None = None) -> Result:
    """How an attempt of the rater stands; their latest by default."""
    attempt = seat.attempt if attempt is None else attempt
    n = lessons(rating_set)
    right, done = _marks([rating_set.pk], [seat.user_id]).get((rating_set.pk, seat.user_id, attempt), (0, 0))
    return Result(attempt, right, done, n, needed(rating_set, n))


def results(rating_sets: Iterable[RatingSet], seats: Collection[SetRater]) -> dict[tuple[int, int], Result]:
    """(rating set, user) -> their latest attempt, for these seats; two queries, however many."""
    known = {rating_set.pk: rating_set for rating_set in rating_sets}
    marks = _marks(list(known), [seat.user_id for seat in seats])
    sizes = _sizes(list(known))
    found = {}
    for seat in seats:
        of, n = seat.rating_set_id, sizes.get(seat.rating_set_id, 0)
        right, done = marks.get((of, seat.user_id, seat.attempt), (0, 0))
        found[of, seat.user_id] = Result(seat.attempt, right, done, n, needed(known[of], n))
    return found


def standing(user: User, rating_sets: Iterable[RatingSet]) -> dict[int, Result]:
    """Qualification -> how the person stands in it, also where they have not begun; those of other purposes are left
    out. No query where there is none, else three."""
    of = [rating_set for rating_set in rating_sets if rating_set.teaches]
    if not of:
        return {}
    seats = {seat.rating_set_id: seat for seat in SetRater.objects.filter(rating_set__in=of, user=user)}
    mine = [seats.get(one.pk) or SetRater(rating_set=one, user=user) for one in of]
    return {pk: found for (pk, _), found in results(of, mine).items()}


def passed_by(user: User, rating_sets: Iterable[RatingSet]) -> set[int]:
    """The qualifications among those the sets ask for that the person has passed."""
    asked = {rating_set.qualification_id for rating_set in rating_sets if rating_set.qualification_id}
    if not asked:
        return set()
    passed = SetRater.objects.filter(rating_set__in=asked, user=user, qualified_at__isnull=False)
    return set(passed.values_list("rating_set", flat=True))


def lessons(rating_set: RatingSet) -> int:
    """How many items the qualification asks."""
    return _sizes([rating_set.pk]).get(rating_set.pk, 0)


def _sizes(rating_sets: Collection[int]) -> dict[int, int]:
    items = RatingItem.objects.filter(rating_set__in=rating_sets, role=RatingItem.Role.TEACH, exclude_reason="")
    return dict(items.values_list("rating_set").annotate(n=Count("pk")).order_by())


def needed(rating_set: RatingSet, n: int) -> int:
    """Right answers that pass: the pass mark's share of n, rounded up; at least one."""
    return max(1, math.ceil(round(n * (rating_set.pass_mark or PASS_MARK), 6)))


def _marks(rating_sets: Collection[int], users: Collection[int]) -> dict[tuple[int, int, int], tuple[int, int]]:
    """(set, user, attempt) -> right and given, over the first answers; "can't tell" is not right."""
    answers = Rating.objects.filter(rating_item__rating_set__in=rating_sets, rater__in=users)
    answers = answers.filter(rating_item__role=RatingItem.Role.TEACH, rating_item__exclude_reason="")
    answers = answers.order_by("rating_item", "rater", "occasion", "pk")
    firsts = answers.distinct("rating_item", "rater", "occasion").annotate(expected=F("rating_item__answer_key__level"))
    marks: dict[tuple[int, int, int], tuple[int, int]] = {}
    for of, user, attempt, said, expected in firsts.values_list(
        "rating_item__rating_set", "rater", "occasion", "level", "expected"
    ):
        right, done = marks.get((of, user, attempt), (0, 0))
        marks[of, user, attempt] = right + (said == expected), done + 1
    return marks


@transaction.atomic
def allow_again(*, seat: SetRater, actor: User) -> SetRater:
    """Let a rater who has not passed try once more, from the first item on."""
    locked = SetRater.objects.select_for_update(of=("self",)).select_related(
        "rating_set__definition__attribute__corpus"
    )
    mine = locked.get(pk=seat.pk)
    rating_set = mine.rating_set
    if mine.qualified_at:
        raise Refused(f"{mine.user.name} has passed {rating_set.name} already")
    if not result(rating_set, mine).finished:
        raise Refused(f"{mine.user.name} is still at attempt {mine.attempt} of {rating_set.name}")
    mine.attempt, mine.extra = mine.attempt + 1, 0
    mine.save(update_fields=["attempt", "extra"])
    corpus = rating_set.definition.attribute.corpus
    person, attempt = mine.user.name, mine.attempt
    audit.record(actor=actor, corpus=corpus, verb="attempt_allowed", target=rating_set, person=person, attempt=attempt)
    return mine


def admits(rating_set: RatingSet, user: User) -> bool:
    """Whether the person may rate the set: it asks for no qualification, or they have passed it."""
    return rating_set.qualification_id is None or rating_set.qualification_id in passed_by(user, [rating_set])
