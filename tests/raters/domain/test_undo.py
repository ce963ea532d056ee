"""Going back to answers and to skipped items."""

from __future__ import annotations

import uuid

import pytest

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from raters.domain import assignments, ratings, sets, undo
from raters.domain.ratings import Answer
from raters.models import Assignment, Rating, RatingSet
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 6)
    return factories.rating_set(factories.definition(corpus), size=6, overlap=1)


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
    return assignments.skip(rater=rater, assignment_uid=claimed.uid, token=token, reason="later")


def back(rater: User, opened: RatingSet) -> undo.Step:
    return undo.step_back(rater=rater, rating_set=opened)


def test_stepping_back_goes_further_each_time_and_begins_anew_after_an_answer(opened: RatingSet, rater: User) -> None:
    first, second = submit(rater, claim(rater, opened)), submit(rater, claim(rater, opened))
    assert back(rater, opened).rating == second
    assert back(rater, opened).rating == first
    with pytest.raises(Refused, match="no earlier answer"):
        back(rater, opened)
    third = submit(rater, claim(rater, opened))
    assert back(rater, opened).rating == third


def test_stepping_back_leaves_the_answer_in_force(opened: RatingSet, rater: User) -> None:
    given = submit(rater, claim(rater, opened))
    back(rater, opened)
    assert Rating.objects.get(pk=given.pk).superseded_at is None


def test_there_is_no_stepping_back_before_joining_or_after_closing(opened: RatingSet, rater: User) -> None:
    with pytest.raises(Refused, match="not answered anything"):
        back(rater, opened)
    submit(rater, claim(rater, opened))
    sets.close_rating(rating_set=opened, actor=None)
    with pytest.raises(Refused, match="is closed"):
        back(rater, opened)


def test_stepping_back_after_a_skip_leases_the_skipped_item_and_gives_the_next_one_back(
    opened: RatingSet, rater: User
) -> None:
    submit(rater, claim(rater, opened))
    skipped = skip(rater, claim(rater, opened))
    following = claim(rater, opened)
    step = back(rater, opened)
    assert (step.assignment.pk, step.rating) == (skipped.pk, None)
    assert (step.assignment.state, step.assignment.skip_reason) == ("leased", "")
    following.refresh_from_db()
    assert following.state == "queued"
    claimed = opened.rating_items.filter(claimed=1).values_list("pk", flat=True)
    assert list(claimed) == [skipped.rating_item_id]
    assert submit(rater, step.assignment).counted


def test_steps_go_through_answers_and_skips_in_the_order_of_time(opened: RatingSet, rater: User) -> None:
    first = submit(rater, claim(rater, opened))
    early = skip(rater, claim(rater, opened))
    second = submit(rater, claim(rater, opened))
    late = skip(rater, claim(rater, opened))
    claim(rater, opened)
    steps = [back(rater, opened) for _ in range(4)]
    assert [step.assignment.pk if step.rating is None else step.rating for step in steps] == [
        late.pk, second, early.pk, first,
    ]  # fmt: skip
    with pytest.raises(Refused, match="no earlier answer"):
        back(rater, opened)


def test_a_skipped_item_that_others_have_filled_is_passed_over(
    opened: RatingSet, rater: User, other_rater: User
) -> None:
    given = submit(rater, claim(rater, opened))
    skipped = skip(rater, claim(rater, opened))
    held = claim(rater, opened)
    factories.rate_all(other_rater, opened)
    assert back(rater, opened).rating == given
    skipped.refresh_from_db()
    held.refresh_from_db()
    assert (skipped.state, held.state) == ("cancelled", "leased")


def test_nobody_takes_a_skipped_item_back_while_paused_or_beyond_the_quota(opened: RatingSet, rater: User) -> None:
    skip(rater, claim(rater, opened))
    given = submit(rater, claim(rater, opened))
    opened.set_raters.update(quota=1)
    assert back(rater, opened).rating == given
    with pytest.raises(Refused, match="no earlier answer"):
        back(rater, opened)
