"""Every item without gold is counted under one reason, and none is dropped."""

from __future__ import annotations

import pytest
from django.utils import timezone

from attributes.models import Corpus
from labelhub.accounts.models import User
from raters.domain import exclusions, gold, sets
from raters.domain.outcomes import missing_by_split, outcomes, split_chance
from raters.models import RatingSet
from raters.sampling import Shares
from tests import factories

VOTES = {
    "i000": "yyy", "i001": "yyn", "i002": "nnn", "i003": "yn?", "i004": "y??", "i005": "yn?", "i006": "yyy",
}  # fmt: skip
ALL_DEV = Shares(0, 1, 0)


@pytest.fixture
def closed(corpus: Corpus, owner: User) -> RatingSet:
    """i000, i001 yes, i002 no, i003 tied, i004 can't tell, i005 undecidable, i006 left out."""
    found = factories.closed_set(corpus, VOTES, shares=ALL_DEV)
    row = found.rating_items.get(item__external_id="i005")
    gold.adjudicate(rating_item=row, level_key=None, adjudicator=owner)
    exclusions.leave_out(
        rating_item=found.rating_items.get(item__external_id="i006"), reason="not a video", actor=owner
    )
    return found


def test_each_item_without_gold_has_one_reason(closed: RatingSet) -> None:
    found = outcomes(closed)
    assert found.missing == {"left_out": 1, "undecidable": 1, "tied": 1, "cannot_tell": 1}
    assert found.n == 7
    assert int(found.answered.sum()) + sum(found.missing.values()) == 7
    assert sorted(found.level.tolist()) == [-1, -1, -1, -1, 0, 1, 1]


def test_the_bounds_take_them_both_ways(closed: RatingSet) -> None:
    found = outcomes(closed).bounds(1)
    assert (found.low.value, found.high.value) == (pytest.approx(2 / 7), pytest.approx(6 / 7))


def test_while_rating_goes_on_items_are_not_rated_enough_or_not_derived_yet(corpus: Corpus) -> None:
    factories.items(corpus, 3)
    people = factories.raters(corpus, 2)
    opened = factories.rating_set(factories.definition(corpus), size=3, shares=ALL_DEV)
    factories.rate_all(people[0], opened)
    factories.rate(people[1], opened, "yes")
    left = opened.rating_items.filter(counted=1).first()
    assert left is not None
    opened.rating_items.filter(pk=left.pk).update(asked_at=timezone.now())
    assert outcomes(opened).missing == {"waiting": 1, "too_few": 1, "not_derived": 1}


def test_an_unknown_probability_leaves_unweighted_figures_only(closed: RatingSet) -> None:
    assert outcomes(closed).probability is not None
    imported = RatingSet.objects.create(definition=closed.definition, name="file", design={"method": "imported"})
    for item in closed.rating_items.all()[:2]:
        imported.rating_items.create(item=item.item, content_hash=item.content_hash, fold=0, overlap=2)
    found = outcomes(imported)
    assert found.probability is None
    assert "unweighted" in (found.bounds(0).low.method or "")


def test_a_split_weighs_by_the_chance_of_the_draw_times_its_share(corpus: Corpus) -> None:
    factories.items(corpus, 40)
    drawn = factories.rating_set(factories.definition(corpus), size=20)
    assert {split: split_chance(drawn, split) for split in ("shots", "dev", "test", "all")} == pytest.approx(
        {"shots": 0.1, "dev": 0.5, "test": 0.4, "all": 0.9}
    )
    found = outcomes(drawn, "test")
    assert found.probability is not None
    assert found.probability.tolist() == pytest.approx([0.5 * 0.4] * found.n)


def test_an_unsealed_test_is_dev_in_this_too(corpus: Corpus, owner: User) -> None:
    factories.items(corpus, 20)
    drawn = factories.rating_set(factories.definition(corpus), size=20)
    sets.unseal(rating_set=drawn, actor=owner)
    assert split_chance(drawn, "dev") == pytest.approx(0.9)
    assert outcomes(drawn, "dev").n == 18


def test_reasons_are_counted_by_split(closed: RatingSet) -> None:
    assert missing_by_split(closed) == {"dev": {"left_out": 1, "undecidable": 1, "tied": 1, "cannot_tell": 1}}


def test_one_query_at_any_size(closed: RatingSet, django_assert_num_queries: pytest.FixtureRequest) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        outcomes(closed)
