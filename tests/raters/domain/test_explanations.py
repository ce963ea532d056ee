"""How a qualification explains its answers: read after a recorded act, bettered without touching the answers."""

from __future__ import annotations

import pytest

from attributes.models import AuditEvent, Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from raters.domain import explanations, qualifications, sets
from raters.domain.explanations import Explanation
from raters.domain.keyed import Source
from raters.models import AnswerKey, Exposure, RatingSet
from tests import factories


@pytest.fixture
def lesson(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 4)
    lines = Source(lines="i000, yes, includes.0\ni001, no")
    made = qualifications.create(definition=factories.definition(corpus), name="Lesson", source=lines, pass_mark=1)
    return sets.open_for_rating(rating_set=made, actor=None)


def test_reading_them_is_recorded_first(lesson: RatingSet, owner: User) -> None:
    assert explanations.has_opened(user=owner, rating_set=lesson) is False
    explanations.open_list(user=owner, rating_set=lesson)
    assert explanations.has_opened(user=owner, rating_set=lesson) is True
    assert Exposure.objects.filter(user=owner, kind="gold").count() == 2


def test_clause_and_note_change_and_the_answer_does_not(lesson: RatingSet, owner: User) -> None:
    first, second = explanations.of_set(lesson)
    said = {first.pk: Explanation("includes.0", ""), second.pk: Explanation("excludes.1", " Cuts. ")}
    assert explanations.explain(rating_set=lesson, said=said, actor=owner) == 1
    second.refresh_from_db()
    assert (second.clause, second.note, second.level.key) == ("excludes.1", "Cuts.", "no")
    event = AuditEvent.objects.get(verb="answers_explained")
    assert (event.actor, event.data["n"]) == (owner, 1)
    assert explanations.explain(rating_set=lesson, said=said, actor=owner) == 0
    assert AuditEvent.objects.filter(verb="answers_explained").count() == 1


def test_a_clause_that_is_not_there_changes_nothing(lesson: RatingSet, owner: User) -> None:
    first, second = explanations.of_set(lesson)
    said = {first.pk: Explanation("", "new"), second.pk: Explanation("includes.9", "")}
    with pytest.raises(BadInput, match="the definition has no clause 'includes.9'"):
        explanations.explain(rating_set=lesson, said=said, actor=owner)
    assert not AnswerKey.objects.filter(note="new").exists()


def test_keys_of_other_sets_are_out_of_reach(lesson: RatingSet, owner: User) -> None:
    other = qualifications.create(
        definition=lesson.definition, name="Other", source=Source(lines="i002, yes"), pass_mark=1
    )
    foreign = explanations.of_set(other)[0]
    said = {foreign.pk: Explanation("", "taken over")}
    assert explanations.explain(rating_set=lesson, said=said, actor=owner) == 0
