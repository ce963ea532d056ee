"""What comes next: the order, hidden checks, repeats, lessons; and the third skip."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db.models.functions import Now

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from raters.domain import assignments, gold, ratings, sets
from raters.domain.ratings import Answer
from raters.models import AnswerKey, Assignment, Flag, Rating, RatingItem, RatingSet, SetRater
from raters.queries import ratings as queries
from raters.queries.available import available_to
from tests import factories


@pytest.fixture
def draft(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 30)
    return factories.rating_set(factories.definition(corpus), size=20, overlap=2, opened=False)


def keyed(rating_set: RatingSet, n: int, role: str) -> list[RatingItem]:
    """n of the drawn items become items with an answer key."""
    rows = list(rating_set.rating_items.order_by("pk")[:n])
    RatingItem.objects.filter(pk__in=[row.pk for row in rows]).update(role=role)
    level = rating_set.definition.attribute.levels.get(key="yes")
    AnswerKey.objects.bulk_create(AnswerKey(rating_item=row, level=level) for row in rows)
    return rows


def opened(draft: RatingSet, **values: Any) -> RatingSet:
    RatingSet.objects.filter(pk=draft.pk).update(**values)
    draft.refresh_from_db()
    return sets.open_for_rating(rating_set=draft, actor=None)


def held(rater: User, rating_set: RatingSet) -> list[int]:
    return [claim.rating_item_id for claim in assignments.claim_line(rater=rater, rating_set=rating_set).claims]


def test_the_line_holds_three_and_an_answer_moves_it_on(draft: RatingSet, rater: User) -> None:
    working = opened(draft)
    first, second, third = assignments.claim_line(rater=rater, rating_set=working).claims
    answer = Answer(level="yes")
    rating, line = ratings.submit_and_go_on(
        rater=rater, assignment_uid=first.uid, submission_key=uuid.uuid4(), answer=answer
    )
    assert rating.rating_item_id == first.rating_item_id
    assert [claim.uid for claim in line.claims[:2]] == [second.uid, third.uid]
    assert len(line.claims) == 3
    assert sum(working.rating_items.values_list("claimed", flat=True)) == 3


def test_a_quota_bounds_what_is_held_ahead(draft: RatingSet, rater: User) -> None:
    working = opened(draft)
    sets.add_raters(working, [rater])
    working.set_raters.update(quota=2)
    assert len(held(rater, working)) == 2


def test_drawing_and_counting_agree_on_what_is_left(draft: RatingSet, rater: User, corpus: Corpus) -> None:
    """The same conditions stand in SQL (draws) and in Django's words (available)."""
    keyed(draft, 3, "check")
    working = opened(draft)
    other = factories.raters(corpus, 2)
    for person in other:
        for _ in range(6):
            factories.rate(person, working, "yes")
    RatingItem.objects.filter(pk=working.rating_items.filter(role="measure", counted=0).first().pk).update(  # type: ignore[union-attr]
        asked_at=Now()
    )
    left = set(available_to(rater, working).values_list("pk", flat=True))
    given = {rating.rating_item_id for rating in factories.rate_all(rater, working)}
    assert given == left


def test_hidden_checks_come_at_their_rate_and_fill_no_slot(draft: RatingSet, rater: User) -> None:
    checks = {row.pk for row in keyed(draft, 5, "check")}
    working = opened(draft, check_rate=0.5)
    SetRater.objects.create(rating_set=working, user=rater, order_seed=7)
    order = [rating.rating_item_id for rating in factories.rate_all(rater, working)]
    assert len(order) == len(set(order)) == 20
    assert checks < set(order)
    assert set(order[-3:]) != checks
    assert set(working.rating_items.filter(pk__in=checks).values_list("counted", "claimed")) == {(0, 0)}
    assert working.set_raters.values_list("answered", "extra").get() == (15, 5)


def test_a_skipped_check_comes_again_at_the_end(draft: RatingSet, rater: User) -> None:
    """As every skipped item does: one that never came back would be known for a check."""
    checks = {row.pk for row in keyed(draft, 5, "check")}
    working = opened(draft, check_rate=0.5)
    SetRater.objects.create(rating_set=working, user=rater, order_seed=7)
    skipped = None
    while skipped is None:
        (head, *_) = assignments.claim_line(rater=rater, rating_set=working).claims
        if head.rating_item_id in checks:
            skipped = head.rating_item_id
            assignments.skip(rater=rater, assignment_uid=head.uid, token=head.token, reason="later")
        else:
            answer = Answer(level="yes")
            ratings.submit(rater=rater, assignment_uid=head.uid, submission_key=uuid.uuid4(), answer=answer)
    assert skipped in {rating.rating_item_id for rating in factories.rate_all(rater, working)}


def test_without_a_rate_no_check_is_shown(draft: RatingSet, rater: User) -> None:
    checks = {row.pk for row in keyed(draft, 5, "check")}
    assert checks.isdisjoint(rating.rating_item_id for rating in factories.rate_all(rater, opened(draft)))


def test_repeats_ask_the_same_person_again_after_days(draft: RatingSet, rater: User) -> None:
    working = opened(draft, repeat_rate=0.25, repeat_after_days=3)
    first = factories.rate_all(rater, working)
    assert len(first) == 20
    assert assignments.claim_next(rater=rater, rating_set=working) is None
    age(first, days=4)
    again = factories.rate_all(rater, working, lambda _: "no")
    assert len(again) == 5
    assert {rating.occasion for rating in again} == {2}
    assert {rating.rating_item_id for rating in again} == {rating.rating_item_id for rating in first[:5]}
    assert all(rating.superseded_at is None for rating in Rating.objects.filter(occasion=1))
    assert set(working.rating_items.values_list("counted", "claimed")) == {(1, 0)}
    assert working.set_raters.values_list("answered", "extra").get() == (20, 5)


def age(given: list[Rating], *, days: int) -> None:
    """Ratings are append-only, so the clock is turned back in a copy of the trigger's only door: superuser's replica
    role."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        past = Now() - dt.timedelta(days=days)
        Rating.objects.filter(pk__in=[rating.pk for rating in given]).update(created_at=past)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_checks_and_repeats_enter_no_figure(draft: RatingSet, corpus: Corpus) -> None:
    keyed(draft, 4, "check")
    working = opened(draft, check_rate=0.5, repeat_rate=0.5, repeat_after_days=0)
    people = factories.raters(corpus, 2)
    for person in people:
        SetRater.objects.create(rating_set=working, user=person, order_seed=3)
        factories.rate_all(person, working, lambda key: "yes" if key < "i010" else "no")
    extras = Rating.objects.exclude(rating_item__role="measure", occasion=1)
    assert extras.count() > 8
    entering = queries.counted(queries.measured(working, "all"))
    assert entering.count() == 2 * working.rating_items.filter(role="measure", split__in=["dev", "test"]).count()
    sets.close_rating(rating_set=working, actor=None)
    assert not working.rating_items.filter(role="check", gold_labels__isnull=False).exists()
    gold.freeze(rating_set=working, actor=None)


def test_a_qualification_teaches_every_item_once_an_attempt(draft: RatingSet, rater: User, other_rater: User) -> None:
    keyed(draft, 20, "teach")
    working = opened(draft, purpose="qualification", pass_mark=0.8)
    assert len(factories.rate_all(rater, working)) == 20
    assert len(factories.rate_all(other_rater, working)) == 20
    assert len(factories.rate_all(factories.user("c@example.com"), working)) == 20
    working.set_raters.filter(user=rater).update(attempt=2)
    again = factories.rate_all(rater, working)
    assert len(again) == 20
    assert {rating.occasion for rating in again} == {2}
    assert set(working.rating_items.values_list("counted", "claimed")) == {(0, 0)}


def test_a_set_with_a_qualification_takes_who_passed_it(draft: RatingSet, corpus: Corpus, rater: User) -> None:
    keyed(draft, 20, "teach")
    qualification = opened(draft, purpose="qualification", pass_mark=0.8)
    working = factories.rating_set(draft.definition, size=10, overlap=2, name="working")
    RatingSet.objects.filter(pk=working.pk).update(qualification=qualification)
    with pytest.raises(Refused, match="passed its qualification"):
        assignments.claim_next(rater=rater, rating_set=working)
    assert not working.set_raters.exists()
    SetRater.objects.create(rating_set=qualification, user=rater, order_seed=1, qualified_at=Now())
    assert assignments.claim_next(rater=rater, rating_set=working) is not None


def test_the_third_skip_asks_the_owner_and_holds_the_item_back(draft: RatingSet, corpus: Corpus) -> None:
    working = opened(draft)
    people = factories.raters(corpus, 4)
    row = working.rating_items.order_by("pk")[0]
    working.rating_items.exclude(pk=row.pk).update(exclude_reason="out of the way")
    for person, reason in zip(people, ("media", "language", "media"), strict=False):
        claimed = assignments.claim_next(rater=person, rating_set=working)
        assert claimed is not None
        assert claimed.lease_token is not None
        assignments.skip(rater=person, assignment_uid=claimed.uid, token=claimed.lease_token, reason=reason)
        Assignment.objects.filter(state="leased").update(state="cancelled", lease_token=None)
        RatingItem.objects.filter(pk=row.pk).update(claimed=0)
    row.refresh_from_db()
    assert (row.skips, row.asked_at is not None) == (3, True)
    raised = Flag.objects.get()
    assert (raised.kind, raised.note, raised.rating_item_id) == ("skips", "media; language", row.pk)
    assert assignments.claim_next(rater=people[3], rating_set=working) is None


def test_a_rater_whom_the_owner_relieved_of_an_item_does_not_get_it_again(draft: RatingSet, rater: User) -> None:
    working = opened(draft)
    claimed = assignments.claim_next(rater=rater, rating_set=working)
    assert claimed is not None
    Assignment.objects.filter(pk=claimed.pk).update(state="failed", lease_token=None, failure_code="reassigned")
    assert claimed.rating_item_id not in {rating.rating_item_id for rating in factories.rate_all(rater, working)}
