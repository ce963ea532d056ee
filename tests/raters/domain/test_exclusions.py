"""Items that wait for their owner after three skips, and items left out."""

from __future__ import annotations

import pytest
from django.utils import timezone

from attributes.models import AuditEvent, Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import agreement, assignments, exclusions, gold, sets
from raters.models import Assignment, Flag, GoldLabel, RatingItem, RatingSet
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 3)
    return factories.rating_set(factories.definition(corpus), size=3, overlap=2)


@pytest.fixture
def waiting(opened: RatingSet, corpus: Corpus) -> RatingItem:
    """An item that three people gave back."""
    item = opened.rating_items.order_by("pk").first()
    assert item is not None
    people = factories.raters(corpus, 3)
    for person, reason in zip(people, ("black screen", "no sound", "black screen"), strict=True):
        Assignment.objects.create(
            rating_item=item, rater=person, state="cancelled", skip_reason=reason, heartbeat_at=timezone.now()
        )
    Flag.objects.create(rating_item=item, rater=people[-1], kind="skips", note="black screen")
    item.skips, item.asked_at = 3, timezone.now()
    item.save()
    return item


def test_what_waits_comes_with_the_reasons(opened: RatingSet, waiting: RatingItem) -> None:
    (row,) = exclusions.with_reasons(list(exclusions.waiting(opened)))
    assert row.rating_item == waiting
    assert [reason for _, reason in row.reasons] == ["black screen", "no sound", "black screen"]
    assert {rater for rater, _ in row.reasons} == {"rater0", "rater1", "rater2"}


def test_reasons_of_skips_that_were_taken_back_stand_in_the_note(opened: RatingSet, waiting: RatingItem) -> None:
    Assignment.objects.filter(rater__email="rater0@example.com").update(state="leased", skip_reason="")
    (row,) = exclusions.with_reasons(list(exclusions.waiting(opened)))
    assert (len(row.reasons), row.note) == (2, "black screen")


def test_given_out_again(waiting: RatingItem, owner: User) -> None:
    again = exclusions.give_out_again(rating_item=waiting, actor=owner)
    assert (again.asked_at, again.skips, again.exclude_reason) == (None, 0, "")
    assert Flag.objects.get(kind="skips").resolved_by == owner
    assert AuditEvent.objects.filter(verb="item_given_out_again", actor=owner).count() == 1
    with pytest.raises(Refused, match="does not wait"):
        exclusions.give_out_again(rating_item=waiting, actor=owner)


def test_left_out(opened: RatingSet, waiting: RatingItem, owner: User, rater: User) -> None:
    out = exclusions.leave_out(rating_item=waiting, reason=" The file is\nbroken ", actor=owner)
    assert (out.exclude_reason, out.asked_at) == ("The file is broken", None)
    assert Flag.objects.get(kind="skips").resolved_by == owner
    assert list(exclusions.left_out(opened)) == [out]
    assert not exclusions.waiting(opened).exists()
    assert {rating.rating_item_id for rating in factories.rate_all(rater, opened)}.isdisjoint({out.pk})
    with pytest.raises(Refused, match="left out already"):
        exclusions.leave_out(rating_item=waiting, reason="again", actor=owner)


def test_a_reason_is_asked_for(waiting: RatingItem, owner: User) -> None:
    for reason in ("  ", "x" * 121):
        with pytest.raises(BadInput, match="reason"):
            exclusions.leave_out(rating_item=waiting, reason=reason, actor=owner)


def test_claims_on_what_is_left_out_are_given_back(opened: RatingSet, owner: User, rater: User) -> None:
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    out = exclusions.leave_out(rating_item=claimed.rating_item, reason="broken", actor=owner)
    assert out.claimed == 0
    claimed.refresh_from_db()
    assert (claimed.state, claimed.lease_token) == ("queued", None)


def test_after_closing_its_gold_ends_and_comes_again(corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yn", "i001": "yy", "i002": "nn"})
    tied = closed.rating_items.get(item__external_id="i000")
    assert gold.missing(closed) == {"tied": 1}
    exclusions.leave_out(rating_item=tied, reason="two clips in one", actor=owner)
    assert gold.missing(closed) == {}
    assert not GoldLabel.objects.filter(rating_item=tied, superseded_at=None).exists()
    back = exclusions.take_in_again(rating_item=tied, actor=owner)
    assert back.exclude_reason == ""
    assert gold.missing(closed) == {"tied": 1}
    assert GoldLabel.objects.filter(superseded_at=None).count() == 3


def test_what_is_left_out_enters_no_agreement(corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": "yy" for i in range(6)})
    before = agreement.agreement(closed, "all")["n_items"]
    out = closed.rating_items.filter(split__in=["dev", "test"]).first()
    assert out is not None
    exclusions.leave_out(rating_item=out, reason="broken", actor=owner)
    assert agreement.agreement(closed, "all")["n_items"] == before - 1


def test_a_frozen_set_keeps_its_items(corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    sets.reopen(rating_set=closed, actor=owner)
    sets.close_rating(rating_set=closed, actor=owner)
    gold.freeze(rating_set=closed, actor=owner)
    item = closed.rating_items.first()
    assert item is not None
    with pytest.raises(Refused, match="is frozen"):
        exclusions.leave_out(rating_item=item, reason="broken", actor=owner)
    with pytest.raises(Refused, match="is frozen"):
        exclusions.take_in_again(rating_item=item, actor=owner)
