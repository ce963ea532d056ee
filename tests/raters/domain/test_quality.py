"""What is said of each rater's care, part by part, and by which rule."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.utils import timezone

from attributes.models import Corpus, Media
from labelhub.accounts.models import User
from raters.domain import cases, keyed, qualifications, quality, sets
from raters.domain.keyed import Source
from raters.domain.quality import Care
from raters.models import Rating, RatingItem, RatingSet, SetRater
from tests import factories


@pytest.fixture
def opened(corpus: Corpus) -> RatingSet:
    """Twelve measured items and four hidden checks: yes, yes, no, no."""
    factories.items(corpus, 12)
    draft = factories.rating_set(factories.definition(corpus), size=12, overlap=1, opened=False)
    factories.items_more(corpus, ("k0", "k1", "k2", "k3"))
    keyed.add_lines(rating_set=draft, lines="k0, yes\nk1, yes\nk2, no\nk3, no", actor=None)
    return sets.open_for_rating(rating_set=draft, actor=None)


@pytest.fixture
def seat(opened: RatingSet, rater: User) -> SetRater:
    return SetRater.objects.create(rating_set=opened, user=rater, order_seed=1)


def say(seat: SetRater, key: str, level: str | None, *, days_ago: float = 0, **values: Any) -> Rating:
    row = RatingItem.objects.get(rating_set=seat.rating_set_id, item__external_id=key)
    return Rating.objects.create(
        rating_item=row,
        rater=seat.user,
        answer="level" if level else "cannot_tell",
        level=seat.rating_set.definition.attribute.levels.get(key=level) if level else None,
        created_at=timezone.now() - dt.timedelta(days=days_ago),
        submission_key=uuid.uuid4(),
        **values,
    )


def care(seat: SetRater) -> Care:
    seat.rating_set.refresh_from_db()
    (found,) = quality.of_raters(seat.rating_set, [seat])
    return found


def test_nothing_is_said_of_who_has_done_nothing(seat: SetRater) -> None:
    found = care(seat)
    assert (found.qualification, found.checks.n, found.again.same.n, found.pace.n) == (None, 0, 0, 0)
    assert (found.checks.value, found.checks.low, found.again.days, found.pace.median_s) == (None, None, None, None)
    assert (found.again.kappa.value, found.again.kappa.reason) == (None, "10 pairs are needed")


def test_hidden_checks_with_their_interval(seat: SetRater) -> None:
    for key, level in (("k0", "yes"), ("k1", "no"), ("k2", "no"), ("k3", None)):
        say(seat, key, level)
    checks = care(seat).checks
    assert (checks.k, checks.n, checks.value) == (2, 4, 0.5)
    assert checks.low == pytest.approx(0.150, abs=0.001)
    assert checks.high == pytest.approx(0.850, abs=0.001)


def test_a_corrected_check_counts_as_corrected(seat: SetRater) -> None:
    say(seat, "k0", "no", superseded_at=timezone.now())
    say(seat, "k0", "yes")
    assert (care(seat).checks.k, care(seat).checks.n) == (1, 1)


def test_agreement_with_oneself(seat: SetRater) -> None:
    said = ["yes"] * 6 + ["no"] * 6
    for i, level in enumerate(said):
        say(seat, f"i{i:03}", level, days_ago=10)
        say(seat, f"i{i:03}", "yes" if i < 7 else "no", days_ago=10 - i / 2, occasion=2)
    again = care(seat).again
    assert (again.same.k, again.same.n) == (11, 12)
    assert again.kappa.value == pytest.approx(5 / 6)
    assert (again.kappa.low is not None, again.kappa.n) == (True, 12)
    assert again.days == pytest.approx(2.75, abs=0.01)


def test_a_pair_needs_two_levels_and_a_counted_first_answer(seat: SetRater) -> None:
    say(seat, "i000", None, days_ago=5)
    say(seat, "i000", "yes", occasion=2)
    say(seat, "i001", "yes", days_ago=5)
    say(seat, "i001", None, occasion=2)
    say(seat, "i002", "yes", days_ago=5, counted=False)
    say(seat, "i002", "yes", occasion=2)
    assert care(seat).again.same.n == 0


def test_a_third_time_is_held_against_the_second(seat: SetRater) -> None:
    for occasion, level in ((1, "yes"), (2, "no"), (3, "no")):
        say(seat, "i000", level, occasion=occasion, days_ago=10 - occasion)
    assert (care(seat).again.same.k, care(seat).again.same.n) == (1, 2)


def test_near_repeats_count_on_an_ordinal_scale(corpus: Corpus, rater: User) -> None:
    factories.items(corpus, 12)
    of = factories.definition(corpus, factories.ENERGETIC)
    drawn = factories.rating_set(of, size=12, overlap=1)
    seat = SetRater.objects.create(rating_set=drawn, user=rater, order_seed=1)
    for i in range(12):
        levels = ("none", "mild", "lively", "intense")
        say(seat, f"i{i:03}", levels[i % 4])
        say(seat, f"i{i:03}", levels[min(i % 4 + 1, 3)], occasion=2)
    again = care(seat).again
    assert (again.same.k, again.same.n) == (3, 12)
    assert again.kappa.value is not None
    assert again.kappa.value > 0.6  # unweighted it would be about 0


def test_pace_rests_on_measured_first_answers(seat: SetRater) -> None:
    for i, ms in enumerate((2000, 4000, 6000, 8000, 10_000)):
        say(seat, f"i{i:03}", "yes", duration_ms=ms)
    say(seat, "i005", None, duration_ms=None)
    say(seat, "k0", "yes", duration_ms=1)
    say(seat, "i000", "yes", duration_ms=1, occasion=2)
    pace = care(seat).pace
    assert (pace.n, pace.median_s, pace.low_s, pace.high_s) == (6, 6.0, 4.0, 8.0)
    assert (pace.rushed.k, pace.rushed.n) == (0, 5)
    assert (pace.cannot_tell.k, pace.cannot_tell.n) == (1, 6)


@pytest.mark.parametrize(
    ("clip_ms", "took_ms", "rushed"),
    [
        (None, 999, 1), (None, 1000, 0),  # the set's limit
        (15_000, 4999, 1), (15_000, 5000, 0),  # a third of the clip
        (600_000, 9999, 1), (600_000, 10_000, 0),  # of which nobody must see more than 10 s
        (1500, 999, 1), (1500, 1000, 0),  # a short clip has the set's limit
    ],
)  # fmt: skip
def test_what_is_rushed(seat: SetRater, clip_ms: int | None, took_ms: int, rushed: int) -> None:
    given = say(seat, "i000", "yes", duration_ms=took_ms)
    if clip_ms:
        Media.objects.create(item=given.rating_item.item, sha256="0" * 64, path="x", duration_ms=clip_ms)
    found = care(seat).pace.rushed
    assert (found.k, found.n) == (rushed, 1)
    assert (took_ms < quality.least_look_ms(seat.rating_set, clip_ms or 0)) == bool(rushed)  # as the screen tells it
    (vote,) = cases.load(given.rating_item).votes
    assert vote.rushed == bool(rushed)  # as the adjudicator sees it


def test_the_limit_is_the_sets_own(seat: SetRater) -> None:
    RatingSet.objects.update(rushed_below_ms=5000)
    say(seat, "i000", "yes", duration_ms=4000)
    assert care(seat).pace.rushed.k == 1


def test_the_score_of_the_qualification(seat: SetRater, rater: User) -> None:
    lesson = qualifications.create(
        definition=seat.rating_set.definition, name="Lesson", source=Source(lines="k0, yes\nk2, no"), pass_mark=1
    )
    RatingSet.objects.filter(pk=seat.rating_set_id).update(qualification=lesson)
    assert care(seat).qualification is None
    SetRater.objects.create(rating_set=lesson, user=rater, order_seed=1)
    taught = lesson.rating_items.get(item__external_id="k0")
    Rating.objects.create(rating_item=taught, rater=rater, level=taught.answer_key.level, submission_key=uuid.uuid4())
    found = care(seat).qualification
    assert found is not None
    assert (found.right, found.done, found.n) == (1, 1, 2)


def test_as_many_queries_for_three_as_for_one(
    opened: RatingSet, corpus: Corpus, django_assert_num_queries: Any
) -> None:
    seats = [SetRater(rating_set=opened, user=person, order_seed=1) for person in factories.raters(corpus, 3)]
    SetRater.objects.bulk_create(seats)
    rating_set = RatingSet.objects.select_related("definition__attribute").get(pk=opened.pk)
    for shown in (seats[:1], seats):
        with django_assert_num_queries(4):
            quality.of_raters(rating_set, shown)


def test_what_the_rating_screen_draws_arrives_here(opened: RatingSet, rater: User) -> None:
    RatingSet.objects.update(check_rate=0.3, repeat_rate=0.3, repeat_after_days=0)
    opened.refresh_from_db()
    given = factories.rate_all(rater, opened)
    found = care(SetRater.objects.get())
    extras = found.checks.n + found.again.same.n
    assert (found.pace.n, len(given)) == (12, 12 + extras)
    assert (found.again.same.k, extras > 0) == (found.again.same.n, True)
