"""Going back to answers and to skipped items."""

from __future__ import annotations

import uuid

import pytest
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import assignments, ratings, revisits, sets
from raters.domain.ratings import Answer
from raters.models import Assignment, Exposure, Rating, RatingSet
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 14)
    return factories.rating_set(factories.definition(corpus), size=14, overlap=1)


def claim(rater: User, opened: RatingSet) -> Assignment:
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    return claimed


def submit(rater: User, claimed: Assignment) -> Rating:
    answer = Answer(level="yes")
    return ratings.submit(rater=rater, assignment_uid=claimed.uid, submission_key=uuid.uuid4(), answer=answer)


def skip(rater: User, claimed: Assignment) -> Assignment:
    token = claimed.lease_token
    assert token is not None
    assignments.skip(rater=rater, assignment_uid=claimed.uid, token=token, reason="later")
    return claimed


def test_the_last_ten_answers_and_skips_are_listed_newest_first(opened: RatingSet, rater: User) -> None:
    first = submit(rater, claim(rater, opened))
    skipped = skip(rater, claim(rater, opened))
    second = submit(rater, claim(rater, opened))
    listed = revisits.recent(rater=rater, rating_set=opened)
    assert [past.rating for past in listed] == [second, None, first]
    assert listed[1].assignment == skipped
    for _ in range(9):
        submit(rater, claim(rater, opened))
    assert len(revisits.recent(rater=rater, rating_set=opened)) == 10
    assert revisits.recent(rater=factories.user("new@example.com"), rating_set=opened) == []


def test_an_answer_stays_in_force_while_it_is_looked_at(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    given = submit(rater, claimed)
    past = revisits.revisit(rater=rater, assignment_uid=claimed.uid)
    assert (past.assignment, past.rating) == (claimed, given)
    assert Rating.objects.get(pk=given.pk).superseded_at is None


def test_a_skipped_item_is_leased_anew_at_the_head_of_the_line(opened: RatingSet, rater: User) -> None:
    skipped = skip(rater, claim(rater, opened))
    following = claim(rater, opened)
    past = revisits.revisit(rater=rater, assignment_uid=skipped.uid)
    assert (past.assignment, past.rating) == (skipped, None)
    assert past.assignment.state == "leased"
    assert claim(rater, opened) == skipped
    claimed = set(opened.rating_items.filter(claimed=1).values_list("pk", flat=True))
    assert claimed >= {skipped.rating_item_id, following.rating_item_id}
    assert submit(rater, past.assignment).counted


def test_nothing_is_revisited_in_a_closed_set_or_by_somebody_else(
    opened: RatingSet, rater: User, other_rater: User
) -> None:
    claimed = claim(rater, opened)
    submit(rater, claimed)
    with pytest.raises(BadInput, match="no such claim of yours"):
        revisits.revisit(rater=other_rater, assignment_uid=claimed.uid)
    sets.close_rating(rating_set=opened, actor=None)
    with pytest.raises(Refused, match="is closed"):
        revisits.revisit(rater=rater, assignment_uid=claimed.uid)


def test_a_skipped_item_that_others_have_filled_stays_theirs(opened: RatingSet, rater: User, other_rater: User) -> None:
    skipped = skip(rater, claim(rater, opened))
    factories.rate_all(other_rater, opened)
    with pytest.raises(Refused, match="no longer open to you"):
        revisits.revisit(rater=rater, assignment_uid=skipped.uid)


def test_a_skipped_item_is_not_taken_back_by_who_saw_its_label(opened: RatingSet, rater: User) -> None:
    skipped = skip(rater, claim(rater, opened))
    Exposure.objects.create(
        user=rater, item=skipped.rating_item.item, attribute=opened.definition.attribute, kind=Exposure.Kind.PEER
    )
    with pytest.raises(Refused, match="no longer open to you"):
        revisits.revisit(rater=rater, assignment_uid=skipped.uid)


@pytest.mark.parametrize("change", [{"quota": 0}, {"paused_at": Now()}])
def test_nobody_takes_a_skipped_item_back_while_paused_or_beyond_the_quota(
    opened: RatingSet, rater: User, change: dict[str, object]
) -> None:
    skipped = skip(rater, claim(rater, opened))
    opened.set_raters.update(**change)
    with pytest.raises(Refused, match="no more items"):
        revisits.revisit(rater=rater, assignment_uid=skipped.uid)
