"""Where a rater differed from gold: what is counted, what is listed, and that looking is recorded."""

from __future__ import annotations

import pytest

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import Refused
from raters.domain import differences, gold, sets
from raters.models import Exposure, GoldLabel, Rating, RatingItem, RatingSet
from tests import factories


@pytest.fixture
def frozen(corpus: Corpus) -> RatingSet:
    """Twenty items of three raters; the first rater is outvoted on every fourth and can't tell the second."""
    votes = {f"i{i:03}": "nyy" if i % 4 == 0 else "yyy" for i in range(20)} | {"i001": "?yy"}
    return gold.freeze(rating_set=factories.closed_set(corpus, votes, size=20), actor=None)


@pytest.fixture
def outvoted(frozen: RatingSet) -> User:
    return User.objects.get(email="rater0@example.com")


def in_test(rating_set: RatingSet) -> int:
    """Differing items in the sealed test."""
    differing = [f"i{i:03}" for i in range(0, 20, 4)]
    return rating_set.rating_items.filter(split="test", item__external_id__in=differing).count()


def test_the_share_covers_the_sealed_test_but_the_list_does_not(frozen: RatingSet, outvoted: User) -> None:
    found = differences.share(rater=outvoted, rating_set=frozen)
    sealed = in_test(frozen)
    assert (found.same, found.n, found.cannot_tell, found.sealed) == (14, 19, 1, sealed)
    assert found.value == pytest.approx(14 / 19)
    assert found.interval[0] == pytest.approx(0.512, abs=0.001)
    listed = list(differences.listed(rater=outvoted, rating_set=frozen))
    assert len(listed) == 5 - sealed
    assert {one.rating_item.split for one in listed} <= {"dev", "shots"}
    assert sealed > 0


def test_an_unsealed_test_is_listed(frozen: RatingSet, outvoted: User, owner: User) -> None:
    sets.unseal(rating_set=frozen, actor=owner)
    assert differences.listed(rater=outvoted, rating_set=frozen).count() == 5
    assert differences.share(rater=outvoted, rating_set=frozen).sealed == 0


def test_who_agrees_differs_nowhere(frozen: RatingSet) -> None:
    agreeing = User.objects.get(email="rater1@example.com")
    found = differences.share(rater=agreeing, rating_set=frozen)
    assert (found.same, found.n) == (20, 20)
    assert not differences.listed(rater=agreeing, rating_set=frozen).exists()


def test_who_has_no_answers_has_no_share(frozen: RatingSet, rater: User) -> None:
    found = differences.share(rater=rater, rating_set=frozen)
    assert (found.n, found.value, found.interval) == (0, None, (None, None))


def test_undecidable_and_excluded_items_are_compared_with_nothing(corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": "ny" + "y" for i in range(4)})
    GoldLabel.objects.filter(rating_item__item__external_id="i000").update(level=None)
    RatingItem.objects.filter(item__external_id="i001").update(exclude_reason="does not play")
    outvoted = User.objects.get(email="rater0@example.com")
    assert differences.share(rater=outvoted, rating_set=closed).n == 2


def test_a_difference_shows_gold_and_what_the_definition_says_of_it(frozen: RatingSet, outvoted: User) -> None:
    ratings = list(differences.listed(rater=outvoted, rating_set=frozen))
    first = differences.describe(frozen, ratings)[0]
    assert first.gold.level is not None
    assert (first.rating.level.key if first.rating.level else "", first.gold.level.key) == ("no", "yes")
    assert first.gold.source == "majority"
    assert first.clause is None  # this definition's levels have no meaning of their own


def test_looking_is_recorded_first(frozen: RatingSet, outvoted: User) -> None:
    assert differences.has_opened(rater=outvoted, rating_set=frozen) is False
    differences.open_list(rater=outvoted, rating_set=frozen)
    assert differences.has_opened(rater=outvoted, rating_set=frozen) is True
    seen = Exposure.objects.filter(user=outvoted, kind="gold").values_list("item", flat=True)
    listed = differences.listed(rater=outvoted, rating_set=frozen).values_list("rating_item__item", flat=True)
    assert set(seen) == set(listed)


def test_before_freezing_there_is_nothing_to_open(corpus: Corpus) -> None:
    closed = factories.closed_set(corpus, {"i000": "nyy"})
    outvoted = User.objects.get(email="rater0@example.com")
    with pytest.raises(Refused, match="adjudicating: its labels are not settled yet"):
        differences.open_list(rater=outvoted, rating_set=closed)
    assert Rating.objects.exists()
    assert not Exposure.objects.exists()
