"""A qualification: judged by first answers, explained at once, passed or not, tried again only when it is allowed."""

from __future__ import annotations

import uuid

import pytest
from django.template.loader import render_to_string

from attributes.models import AuditEvent, Corpus, Definition
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import qualifications, sets
from raters.domain.clauses import Clause
from raters.domain.keyed import Source
from raters.models import AnswerKey, Exposure, Rating, RatingItem, RatingSet, SetRater
from tests import factories

LINES = "i000, yes, includes.1, hear it\ni001, no, excludes.0\ni002, yes\ni003, no, edge_cases.0\ni004, yes"


@pytest.fixture
def published(corpus: Corpus) -> Definition:
    factories.items(corpus, 12)
    levels = [{"key": "no", "label": "No"}, {"key": "yes", "label": "Yes", "meaning": "Most breathe easier after it."}]
    return factories.definition(corpus, levels=levels)


@pytest.fixture
def lesson(published: Definition) -> RatingSet:
    """Five items, four to be right."""
    made = qualifications.create(definition=published, name="Lesson", source=Source(lines=LINES), pass_mark=0.8)
    return sets.open_for_rating(rating_set=made, actor=None)


@pytest.fixture
def seat(lesson: RatingSet, rater: User) -> SetRater:
    return SetRater.objects.create(rating_set=lesson, user=rater, order_seed=1)


def say(seat: SetRater, external_id: str, level: str | None, *, again: bool = False) -> Rating:
    """The rater's answer, as the rating screen stores it."""
    item = RatingItem.objects.get(rating_set=seat.rating_set_id, item__external_id=external_id)
    if again:
        item.ratings.filter(rater=seat.user, occasion=seat.attempt, superseded_at=None).update(
            superseded_at="2026-01-01T00:00Z"
        )
    levels = seat.rating_set.definition.attribute.levels
    return Rating.objects.create(
        rating_item=item,
        rater=seat.user,
        occasion=seat.attempt,
        answer="level" if level else "cannot_tell",
        level=levels.get(key=level) if level else None,
        submission_key=uuid.uuid4(),
    )


def say_all(seat: SetRater, word: str) -> qualifications.Feedback:
    """One letter an item, y, n or ?; what the rater is told in the end."""
    for i, letter in enumerate(word):
        told = qualifications.after_answer(say(seat, f"i{i:03}", factories.LETTERS[letter]))
    return told


def test_it_is_made_of_keyed_items(lesson: RatingSet) -> None:
    assert (lesson.purpose, lesson.pass_mark, lesson.rationale_mode, lesson.state) == (
        "qualification",
        0.8,
        "off",
        "open",
    )
    assert (qualifications.lessons(lesson), qualifications.needed(lesson, 5)) == (5, 4)
    assert set(lesson.rating_items.values_list("role", flat=True)) == {"teach"}
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-3:] == ["qualification_created", "teach_items_added", "rating_set_opened"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pass_mark": 0}, "pass_mark: above 0 and at most 100 %"),
        ({"pass_mark": 1.1}, "pass_mark"),
        ({"name": "Lesson"}, "name: this definition has a rating set called 'Lesson' already"),
        ({"source": Source(lines="i009, maybe")}, "lines: line 1"),
    ],
)
def test_what_it_cannot_be_made_of(lesson: RatingSet, change: dict[str, object], message: str) -> None:
    values = {"definition": lesson.definition, "name": "Another", "source": Source(lines="i009, yes")} | change
    with pytest.raises(BadInput, match=message):
        qualifications.create(**values)  # type: ignore[arg-type]  # each change is of the right type
    assert RatingSet.objects.count() == 1


@pytest.mark.parametrize(("mark", "n", "needed"), [(0.8, 10, 8), (0.75, 10, 8), (0.7, 10, 7), (1, 3, 3), (0.01, 3, 1)])
def test_the_pass_mark_is_rounded_up(mark: float, n: int, needed: int) -> None:
    assert qualifications.needed(RatingSet(pass_mark=mark), n) == needed


def test_a_right_answer_is_explained_by_the_clause_that_decides(seat: SetRater) -> None:
    told = qualifications.after_answer(say(seat, "i000", "yes"))
    assert (told.right, told.judged, told.said, told.expected, told.note) == (True, True, "Yes", "Yes", "hear it")
    assert told.clause == Clause("includes.1", "Includes, clause 2", "soft, even sound")
    assert (told.result.right, told.result.done, told.result.n, told.result.passed) == (1, 1, 5, None)


def test_a_wrong_answer_too(seat: SetRater) -> None:
    told = qualifications.after_answer(say(seat, "i003", "yes"))
    assert (told.right, told.said, told.expected, told.note) == (False, "Yes", "No", "")
    assert told.clause == Clause("edge_cases.0", "Edge cases, case 1", "a sleeping animal with loud music not calming")


def test_without_a_clause_the_level_speaks_where_it_says_something(seat: SetRater) -> None:
    told = qualifications.after_answer(say(seat, "i002", "yes"))
    assert told.clause == Clause("levels.yes", "Level “Yes”", "Most breathe easier after it.")


def test_cannot_tell_is_not_right(seat: SetRater) -> None:
    told = qualifications.after_answer(say(seat, "i000", None))
    assert (told.right, told.said, told.result.right, told.result.done) == (False, "Can't tell", 0, 1)


def test_who_was_told_does_not_measure_the_item_later(seat: SetRater) -> None:
    told = say(seat, "i000", "yes")
    qualifications.after_answer(told)
    qualifications.after_answer(told)
    seen = Exposure.objects.get()
    assert (seen.user, seen.item, seen.kind) == (seat.user, told.rating_item.item, "gold")


def test_passing_lets_in_once(seat: SetRater, lesson: RatingSet, rater: User) -> None:
    golden = RatingSet(qualification=lesson)
    assert qualifications.admits(golden, rater) is False
    told = say_all(seat, "ynyny")
    assert (told.result.right, told.result.done, told.result.passed) == (5, 5, True)
    seat.refresh_from_db()
    since = seat.qualified_at
    assert since is not None
    assert qualifications.admits(golden, rater) is True
    assert AuditEvent.objects.get(verb="qualification_passed").data["right"] == 5
    qualifications.after_answer(Rating.objects.latest("pk"))
    seat.refresh_from_db()
    assert (seat.qualified_at, AuditEvent.objects.filter(verb="qualification_passed").count()) == (since, 1)


def test_the_mark_is_enough_and_one_less_is_not(seat: SetRater, lesson: RatingSet, rater: User) -> None:
    assert say_all(seat, "ynynn").result.passed is True
    SetRater.objects.update(attempt=2)
    seat.refresh_from_db()
    assert say_all(seat, "ynyyn").result.passed is False


def test_not_passed(seat: SetRater, lesson: RatingSet, rater: User) -> None:
    told = say_all(seat, "yyyyn")
    assert (told.result.right, told.result.passed) == (2, False)
    seat.refresh_from_db()
    assert seat.qualified_at is None
    assert qualifications.admits(RatingSet(qualification=lesson), rater) is False


def test_only_the_first_answer_to_an_item_is_judged(seat: SetRater) -> None:
    say_all(seat, "yyyy")
    told = qualifications.after_answer(say(seat, "i001", "no", again=True))
    assert (told.right, told.judged, told.result.right, told.result.done) == (True, False, 2, 4)


def test_another_attempt_begins_anew(seat: SetRater, owner: User, lesson: RatingSet) -> None:
    SetRater.objects.update(extra=5)
    with pytest.raises(Refused, match="rater is still at attempt 1 of Lesson"):
        qualifications.allow_again(seat=seat, actor=owner)
    say_all(seat, "yyyyn")
    seat = qualifications.allow_again(seat=seat, actor=owner)
    assert (seat.attempt, seat.extra) == (2, 0)
    assert qualifications.result(lesson, seat).done == 0
    event = AuditEvent.objects.get(verb="attempt_allowed")
    assert (event.actor, event.data["attempt"]) == (owner, 2)
    assert say_all(seat, "ynyny").result.passed is True
    with pytest.raises(Refused, match="has passed Lesson already"):
        qualifications.allow_again(seat=seat, actor=owner)


def test_results_of_several_seats_ask_as_often_as_of_one(
    seat: SetRater, lesson: RatingSet, other_rater: User, django_assert_num_queries: object
) -> None:
    other = SetRater.objects.create(rating_set=lesson, user=other_rater, order_seed=2)
    say_all(seat, "ynyny")
    say_all(other, "yy")
    with django_assert_num_queries(2):  # type: ignore[operator]  # pytest-django's fixture
        found = qualifications.results([lesson], [seat, other])
    assert found[lesson.pk, seat.user_id].passed is True
    half = found[lesson.pk, other.user_id]
    assert (half.right, half.done, half.passed) == (1, 2, None)


def test_a_set_without_a_qualification_admits_everybody(rater: User, lesson: RatingSet) -> None:
    assert qualifications.admits(RatingSet(), rater) is True


def test_an_excluded_item_is_not_asked(seat: SetRater, lesson: RatingSet) -> None:
    RatingItem.objects.filter(item__external_id="i004").update(exclude_reason="does not play")
    assert (qualifications.lessons(lesson), say_all(seat, "ynyn").result.passed) == (4, True)


def test_feedback_is_a_component_with_everything_escaped(seat: SetRater) -> None:
    AnswerKey.objects.filter(rating_item__item__external_id="i001").update(note="<b>look</b>")
    wrong = qualifications.after_answer(say(seat, "i001", "yes"))
    html = render_to_string("components/rate_feedback.html", {"feedback": wrong})
    assert "Not right: the answer is No." in html
    assert "You said Yes." in html
    assert "Definition, Excludes, clause 1" in html
    assert "&lt;b&gt;look&lt;/b&gt;" in html
    assert "4 to go" in html
    for i, letter in ((0, "y"), (2, "y"), (3, "n"), (4, "y")):
        last = qualifications.after_answer(say(seat, f"i{i:03}", factories.LETTERS[letter]))
    html = render_to_string("components/rate_feedback.html", {"feedback": last, "queue_url": "/queue/"})
    assert "Passed: 4 of 5 right." in html
    assert 'href="/queue/"' in html


def test_a_whole_round_through_the_rating_screens_own_door(lesson: RatingSet, rater: User, owner: User) -> None:
    key = {"i000": "yes", "i001": "no", "i002": "yes", "i003": "no", "i004": "yes"}
    given = factories.rate_all(rater, lesson, lambda _: "yes")
    assert len(given) == 5
    assert qualifications.after_answer(given[-1]).result.passed is False
    seat = qualifications.allow_again(seat=SetRater.objects.get(), actor=owner)
    again = factories.rate_all(rater, lesson, lambda item: key[item])
    assert ({rating.occasion for rating in again}, len(again)) == ({2}, 5)
    assert qualifications.after_answer(again[-1]).result.passed is True
    seat.refresh_from_db()
    assert (seat.extra, seat.answered) == (5, 0)
    assert factories.rate_all(rater, lesson) == []
