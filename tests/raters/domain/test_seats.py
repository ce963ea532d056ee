"""Who rates a set: added, limited, paused, relieved of what they hold."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from attributes.models import AuditEvent, Corpus, Role
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import assignments, gold, ratings, seats, sets
from raters.domain.ratings import Answer
from raters.models import Assignment, Exposure, RatingItem, RatingSet, SetRater
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 6)
    return factories.rating_set(factories.definition(corpus), size=6, overlap=2)


def seat(opened: RatingSet, rater: User) -> SetRater:
    return seats.add(rating_set=opened, rater=rater, actor=None)


def hold(opened: RatingSet, rater: User, n: int = 1) -> list[RatingItem]:
    """Let a rater hold n items, as the rating screen does."""
    free = RatingItem.objects.filter(rating_set=opened).exclude(assignments__rater=rater).order_by("pk")
    items = list(free[:n])
    for item in items:
        Assignment.objects.create(
            rating_item=item, rater=rater, state="leased", lease_token=uuid.uuid4(),
            lease_until=timezone.now() + dt.timedelta(minutes=20),
        )  # fmt: skip
        RatingItem.objects.filter(pk=item.pk).update(claimed=item.claimed + 1)
    return items


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


def test_a_rater_is_added_with_a_quota_and_a_cohort(opened: RatingSet, owner: User, rater: User) -> None:
    added = seats.add(rating_set=opened, rater=rater, quota=3, cohort=" night shift ", actor=owner)
    assert (added.quota, added.cohort, added.order_seed >= 0) == (3, "night shift", True)
    assert rater not in seats.candidates(opened)
    assert verbs()[-1] == "rater_added"
    with pytest.raises(Refused, match="rates this set already"):
        seats.add(rating_set=opened, rater=rater, actor=owner)


def test_only_people_with_the_rater_role_are_added(
    opened: RatingSet, owner: User, analyst: User, stranger: User
) -> None:
    for person in (analyst, stranger):
        assert person not in seats.candidates(opened)
        with pytest.raises(Refused, match="no rater role"):
            seats.add(rating_set=opened, rater=person, actor=owner)


def test_a_quota_is_at_least_one(opened: RatingSet, rater: User) -> None:
    with pytest.raises(BadInput, match="quota"):
        seats.add(rating_set=opened, rater=rater, quota=0, actor=None)
    with pytest.raises(BadInput, match="quota"):
        seats.change(seat=seat(opened, rater), quota=-1, cohort="", actor=None)


def test_quota_and_cohort_change(opened: RatingSet, owner: User, rater: User) -> None:
    changed = seats.change(seat=seat(opened, rater), quota=2, cohort="experts", actor=owner)
    assert SetRater.objects.values_list("quota", "cohort").get(pk=changed.pk) == (2, "experts")
    factories.rate(rater, opened, "yes")
    factories.rate(rater, opened, "yes")
    assert assignments.claim_next(rater=rater, rating_set=opened) is None
    seats.change(seat=changed, quota=None, cohort="", actor=owner)
    assert assignments.claim_next(rater=rater, rating_set=opened) is not None


def test_a_paused_rater_gets_nothing_until_resumed(opened: RatingSet, owner: User, rater: User) -> None:
    place = seat(opened, rater)
    assert seats.pause(seat=place, actor=owner).paused_at is not None
    with pytest.raises(Refused, match="paused"):
        assignments.claim_next(rater=rater, rating_set=opened)
    assert seats.resume(seat=place, actor=owner).paused_at is None
    assert assignments.claim_next(rater=rater, rating_set=opened) is not None
    seats.resume(seat=place, actor=owner)  # says nothing new, and records nothing
    assert [verb for verb in verbs() if verb.startswith("rater_")] == ["rater_added", "rater_paused", "rater_resumed"]


def test_released_items_are_free_at_once(opened: RatingSet, owner: User, rater: User, other_rater: User) -> None:
    place = seat(opened, rater)
    hold(opened, rater, 3)
    hold(opened, other_rater, 1)
    assert seats.release(seat=place, actor=owner) == 3
    assert sum(opened.rating_items.values_list("claimed", flat=True)) == 1
    assert set(Assignment.objects.filter(rater=rater).values_list("state", "lease_token")) == {("queued", None)}
    assert seats.release(seat=place, actor=owner) == 0


def test_reassigned_items_are_held_by_the_other_for_a_day(
    opened: RatingSet, owner: User, rater: User, other_rater: User
) -> None:
    giver, taker = seat(opened, rater), seat(opened, other_rater)
    items = hold(opened, rater, 3)
    assert seats.reassign(seat=giver, to=taker, actor=owner) == seats.Reassigned(3)
    gone = Assignment.objects.filter(rater=rater)
    assert set(gone.values_list("state", "failure_code", "lease_token")) == {("failed", "reassigned", None)}
    got = Assignment.objects.filter(rater=other_rater)
    assert sorted(got.values_list("rating_item", flat=True)) == [item.pk for item in items]
    assert {claim.state for claim in got} == {"leased"}
    assert len({claim.lease_token for claim in got}) == 3
    left = [claim.lease_until - timezone.now() for claim in got if claim.lease_until]
    assert all(dt.timedelta(hours=23) < remaining <= dt.timedelta(hours=24) for remaining in left)
    assert sorted(got.values_list("turn", flat=True)) == [0, 1, 2]
    taker.refresh_from_db()
    assert taker.turn == 3
    assert sum(opened.rating_items.values_list("claimed", flat=True)) == 3
    event = AuditEvent.objects.get(verb="items_reassigned")
    assert (event.data["n"], event.data["to"]) == (3, other_rater.name)


def test_the_other_can_answer_what_was_reassigned(
    opened: RatingSet, owner: User, rater: User, other_rater: User
) -> None:
    giver, taker = seat(opened, rater), seat(opened, other_rater)
    (item,) = hold(opened, rater)
    seats.reassign(seat=giver, to=taker, actor=owner)
    claim = Assignment.objects.get(rater=other_rater)
    key = uuid.uuid4()
    ratings.submit(rater=other_rater, assignment_uid=claim.uid, submission_key=key, answer=Answer(level="yes"))
    item.refresh_from_db()
    assert (item.counted, item.claimed) == (1, 0)


def test_who_gave_an_item_away_is_not_given_it_again(
    opened: RatingSet, owner: User, rater: User, other_rater: User
) -> None:
    giver, taker = seat(opened, rater), seat(opened, other_rater)
    taken = {item.pk for item in hold(opened, rater, 2)}
    seats.reassign(seat=giver, to=taker, actor=owner)
    seats.release(seat=taker, actor=owner)
    given = {rating.rating_item_id for rating in factories.rate_all(rater, opened)}
    assert (len(given), given & taken) == (4, set())


def test_items_stay_that_the_other_answered_saw_or_has_no_room_for(
    opened: RatingSet, owner: User, rater: User, other_rater: User
) -> None:
    answered = factories.rate(other_rater, opened, "yes").rating_item
    taker = opened.set_raters.get(user=other_rater)
    seats.change(seat=taker, quota=3, cohort="", actor=owner)
    giver = seat(opened, rater)
    hold(opened, rater, 6)
    seen = opened.rating_items.exclude(pk=answered.pk).first()
    assert seen is not None
    gold.expose(user=other_rater, rating_items=[seen], kind=Exposure.Kind.MACHINE)
    result = seats.reassign(seat=giver, to=taker, actor=owner)
    assert result == seats.Reassigned(moved=2, answered=1, exposed=1, over_quota=2)
    kept = Assignment.objects.filter(rater=rater, state="leased").values_list("rating_item", flat=True)
    assert {answered.pk, seen.pk} <= set(kept)
    assert len(kept) == result.kept == 4


def test_an_item_the_other_skipped_or_let_lapse_is_theirs_again(
    opened: RatingSet, owner: User, rater: User, other_rater: User
) -> None:
    giver, taker = seat(opened, rater), seat(opened, other_rater)
    items = hold(opened, rater, 2)
    for item, state in zip(items, ("cancelled", "queued"), strict=True):
        Assignment.objects.create(rating_item=item, rater=other_rater, state=state, skip_reason="too dark")
    assert seats.reassign(seat=giver, to=taker, actor=owner).moved == 2
    assert set(Assignment.objects.filter(rater=other_rater).values_list("state", "skip_reason")) == {("leased", "")}


def test_reassigning_is_refused(opened: RatingSet, owner: User, rater: User, other_rater: User) -> None:
    giver, taker = seat(opened, rater), seat(opened, other_rater)
    with pytest.raises(BadInput, match="another rater"):
        seats.reassign(seat=giver, to=giver, actor=owner)
    seats.pause(seat=taker, actor=owner)
    with pytest.raises(Refused, match="paused"):
        seats.reassign(seat=giver, to=taker, actor=owner)
    seats.resume(seat=taker, actor=owner)
    sets.close_rating(rating_set=opened, actor=owner)
    with pytest.raises(Refused, match="adjudicating"):
        seats.reassign(seat=giver, to=taker, actor=owner)


def test_reassigning_needs_the_qualification(opened: RatingSet, owner: User, rater: User, other_rater: User) -> None:
    entry = factories.rating_set(opened.definition, size=2, name="Entry")
    RatingSet.objects.filter(pk=opened.pk).update(qualification=entry)
    giver, taker = seat(opened, rater), seat(opened, other_rater)
    with pytest.raises(Refused, match="not passed"):
        seats.reassign(seat=giver, to=taker, actor=owner)
    SetRater.objects.create(rating_set=entry, user=other_rater, order_seed=1, qualified_at=timezone.now())
    assert seats.reassign(seat=giver, to=taker, actor=owner) == seats.Reassigned(0)


def test_only_who_has_not_begun_is_removed(opened: RatingSet, owner: User, rater: User, other_rater: User) -> None:
    seats.remove(seat=seat(opened, rater), actor=owner)
    assert opened.set_raters.count() == 0
    factories.rate(other_rater, opened, "yes")
    with pytest.raises(Refused, match="has begun"):
        seats.remove(seat=opened.set_raters.get(), actor=owner)


def test_a_set_is_given_to_the_listed_raters_only(corpus: Corpus, opened: RatingSet, owner: User) -> None:
    first, second, outsider = factories.raters(corpus, 3)
    seat(opened, first)
    with pytest.raises(Refused, match="1 listed rater cannot give 2"):
        seats.restrict(rating_set=opened, named=True, actor=owner)
    seat(opened, second)
    assert seats.restrict(rating_set=opened, named=True, actor=owner).is_named
    with pytest.raises(Refused, match="given to other raters"):
        assignments.claim_next(rater=outsider, rating_set=opened)
    assert not seats.restrict(rating_set=opened, named=False, actor=owner).is_named
    assert assignments.claim_next(rater=outsider, rating_set=opened) is not None


def test_the_message_to_raters(opened: RatingSet, owner: User) -> None:
    assert seats.tell(rating_set=opened, message="  Watch to\nthe end. ", actor=owner).message == "Watch to the end."
    with pytest.raises(BadInput, match="500"):
        seats.tell(rating_set=opened, message="x" * 501, actor=owner)
    assert seats.tell(rating_set=opened, message="", actor=owner).message == ""
    assert verbs().count("raters_told") == 2


def test_nothing_of_a_frozen_set_changes(corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    gold.freeze(rating_set=closed, actor=owner)
    place = closed.set_raters.first()
    assert place is not None
    newcomer = factories.member(corpus, Role.RATER)
    for act in (
        lambda: seats.add(rating_set=closed, rater=newcomer, actor=owner),
        lambda: seats.pause(seat=place, actor=owner),
        lambda: seats.change(seat=place, quota=1, cohort="", actor=owner),
        lambda: seats.tell(rating_set=closed, message="hello", actor=owner),
    ):
        with pytest.raises(Refused, match="is frozen"):
            act()
