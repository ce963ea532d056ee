"""Who gets which item: leases, skips, exposure, quotas."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import assignments, ratings, sets
from raters.domain.ratings import Answer
from raters.models import Assignment, Exposure, RatingItem, RatingSet, SetRater
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 4)
    return factories.rating_set(factories.definition(corpus), size=4, overlap=2)


def claim(rater: User, opened: RatingSet) -> Assignment:
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    return claimed


def expire(assignment: Assignment) -> None:
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() - dt.timedelta(seconds=1))


def test_a_claim_leases_one_item(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    item = RatingItem.objects.get(pk=claimed.rating_item_id)
    assert (claimed.state, item.claimed, item.counted) == ("leased", 1, 0)
    assert claimed.lease_token is not None


def test_a_second_claim_shows_the_same_item_under_the_same_token(opened: RatingSet, rater: User) -> None:
    first, second = claim(rater, opened), claim(rater, opened)
    assert (first.pk, first.lease_token) == (second.pk, second.lease_token)
    assert sum(opened.rating_items.values_list("claimed", flat=True)) == 1


def test_a_rater_sees_every_item_once_and_then_nothing(opened: RatingSet, rater: User) -> None:
    given = factories.rate_all(rater, opened)
    assert len({rating.rating_item_id for rating in given}) == 4
    assert assignments.claim_next(rater=rater, rating_set=opened) is None


def test_the_overlap_is_kept(opened: RatingSet, corpus: Corpus) -> None:
    given = [len(factories.rate_all(person, opened)) for person in factories.raters(corpus, 3)]
    assert given == [4, 4, 0]
    assert set(opened.rating_items.values_list("counted", "claimed")) == {(2, 0)}


def test_raters_work_in_orders_of_their_own_that_a_seed_repeats(corpus: Corpus, rater: User, other_rater: User) -> None:
    factories.items(corpus, 30)
    of = factories.definition(corpus)
    orders = []
    for name, person, seed in (("a", rater, 1), ("b", other_rater, 2), ("c", other_rater, 1)):
        drawn = factories.rating_set(of, size=30, overlap=3, name=name)
        SetRater.objects.create(rating_set=drawn, user=person, order_seed=seed)
        orders.append([rating.rating_item.item.external_id for rating in factories.rate_all(person, drawn)])
    assert orders[0] != orders[1]
    assert orders[0] == orders[2]


def test_an_expired_claim_goes_to_somebody_else(opened: RatingSet, corpus: Corpus, rater: User) -> None:
    claimed = claim(rater, opened)
    expire(claimed)
    assert assignments.release_expired() == 1
    claimed.refresh_from_db()
    assert (claimed.state, claimed.lease_token) == ("queued", None)
    assert RatingItem.objects.get(pk=claimed.rating_item_id).claimed == 0
    assert assignments.release_expired() == 0


def test_a_claim_that_finds_nothing_takes_expired_ones_back(corpus: Corpus, rater: User, other_rater: User) -> None:
    factories.items(corpus, 1)
    single = factories.rating_set(factories.definition(corpus), size=1, overlap=1)
    silent = claim(rater, single)
    assert assignments.claim_next(rater=other_rater, rating_set=single) is None
    expire(silent)
    assert claim(other_rater, single).rating_item_id == silent.rating_item_id


def test_the_sweep_leaves_live_claims_and_closed_sets_alone(opened: RatingSet, rater: User, other_rater: User) -> None:
    claim(rater, opened)
    expired = claim(other_rater, opened)
    expire(expired)
    RatingSet.objects.filter(pk=opened.pk).update(state=RatingSet.State.ADJUDICATING)
    assert assignments.release_expired() == 0
    RatingSet.objects.filter(pk=opened.pk).update(state=RatingSet.State.OPEN)
    assert assignments.release_expired() == 1


def test_who_has_seen_a_label_of_an_item_is_not_given_it(opened: RatingSet, rater: User) -> None:
    attribute = opened.definition.attribute
    seen = opened.rating_items.all()[:3]
    Exposure.objects.bulk_create(
        Exposure(user=rater, item=row.item, attribute=attribute, kind=Exposure.Kind.PEER) for row in seen
    )
    given = factories.rate_all(rater, opened)
    assert [rating.rating_item_id for rating in given] == [opened.rating_items.last().pk]  # type: ignore[union-attr]


def test_a_skipped_item_comes_last(opened: RatingSet, rater: User) -> None:
    first = claim(rater, opened)
    assert first.lease_token is not None
    assignments.skip(rater=rater, assignment_uid=first.uid, token=first.lease_token, reason="later")
    order = [rating.rating_item_id for rating in factories.rate_all(rater, opened)]
    assert len(order) == 4
    assert order[-1] == first.rating_item_id


def test_a_skip_gives_the_slot_back_and_keeps_the_reason(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    assert claimed.lease_token is not None
    assignments.skip(rater=rater, assignment_uid=claimed.uid, token=claimed.lease_token, reason=" media ")
    claimed.refresh_from_db()
    assert (claimed.state, claimed.skip_reason) == ("cancelled", "media")
    assert RatingItem.objects.get(pk=claimed.rating_item_id).claimed == 0


def test_a_skip_needs_the_live_token_and_a_reason(opened: RatingSet, rater: User) -> None:
    claimed = claim(rater, opened)
    assert claimed.lease_token is not None
    with pytest.raises(Refused, match="no longer reserved"):
        assignments.skip(rater=rater, assignment_uid=claimed.uid, token=uuid.uuid4(), reason="later")
    with pytest.raises(BadInput, match="say why"):
        assignments.skip(rater=rater, assignment_uid=claimed.uid, token=claimed.lease_token, reason=" ")


def test_nobody_touches_the_claim_of_another(opened: RatingSet, rater: User, other_rater: User) -> None:
    claimed = claim(rater, opened)
    with pytest.raises(BadInput, match="no such claim of yours"):
        ratings.submit(
            rater=other_rater, assignment_uid=claimed.uid, submission_key=uuid.uuid4(), answer=Answer(level="yes")
        )


@pytest.mark.parametrize("state", ["draft", "adjudicating", "frozen"])
def test_only_an_open_set_gives_items(corpus: Corpus, rater: User, state: str) -> None:
    factories.items(corpus, 1)
    drawn = factories.rating_set(factories.definition(corpus), size=1, opened=False)
    RatingSet.objects.filter(pk=drawn.pk).update(state=state)
    with pytest.raises(Refused, match=f"is {state}: it takes no ratings now"):
        assignments.claim_next(rater=rater, rating_set=drawn)


def test_named_raters_keep_others_out(corpus: Corpus, rater: User, other_rater: User) -> None:
    factories.items(corpus, 1)
    named = factories.rating_set(factories.definition(corpus), size=1, overlap=1, raters=[rater])
    with pytest.raises(Refused, match="given to other raters"):
        assignments.claim_next(rater=other_rater, rating_set=named)
    assert claim(rater, named)


def test_a_paused_rater_is_refused(opened: RatingSet, rater: User) -> None:
    claim(rater, opened)
    SetRater.objects.filter(user=rater).update(paused_at=Now())
    with pytest.raises(Refused, match="paused your work"):
        assignments.claim_next(rater=rater, rating_set=opened)


def test_a_quota_ends_the_work(opened: RatingSet, rater: User) -> None:
    sets.add_raters(opened, [rater])
    SetRater.objects.filter(user=rater).update(quota=2)
    assert len(factories.rate_all(rater, opened)) == 2


def test_a_quota_lowered_under_what_is_held_gives_the_rest_back(opened: RatingSet, rater: User) -> None:
    first, *_ = assignments.claim_line(rater=rater, rating_set=opened).claims
    assert sum(opened.rating_items.values_list("claimed", flat=True)) == 3
    SetRater.objects.filter(user=rater).update(quota=1)
    (kept,) = assignments.claim_line(rater=rater, rating_set=opened).claims
    assert kept.uid == first.uid
    assert sum(opened.rating_items.values_list("claimed", flat=True)) == 1
    assert len(factories.rate_all(rater, opened)) == 1


def test_excluded_items_are_not_given(opened: RatingSet, rater: User) -> None:
    opened.rating_items.update(exclude_reason="corrupt media")
    assert assignments.claim_next(rater=rater, rating_set=opened) is None
