"""What a set would leave undone."""

from __future__ import annotations

import pytest

from attributes.models import Corpus
from raters.domain import sets
from raters.domain.loose_ends import loose_ends
from raters.domain.overview import overview
from raters.models import RatingSet
from tests import factories


@pytest.fixture
def named(corpus: Corpus) -> RatingSet:
    factories.items(corpus, 4)
    people = factories.raters(corpus, 2)
    return factories.rating_set(factories.definition(corpus), size=4, overlap=2, raters=people)


def ends(rating_set: RatingSet) -> dict[str, int]:
    rating_set.refresh_from_db()
    return loose_ends(rating_set, overview(rating_set))


def test_quotas_that_do_not_reach_leave_answers_that_nobody_will_give(named: RatingSet) -> None:
    first, second = named.set_raters.order_by("pk")
    assert "unassigned" not in ends(named)
    named.set_raters.filter(pk=first.pk).update(quota=1)
    assert ends(named)["unassigned"] == 3
    factories.rate(first.user, named, "yes")
    factories.rate(second.user, named, "yes")
    assert ends(named)["unassigned"] == 3


def test_items_with_one_answer_get_no_gold(named: RatingSet) -> None:
    first, second = named.set_raters.order_by("pk")
    factories.rate_all(first.user, named)
    assert ends(named)["thin"] == 4
    factories.rate_all(second.user, named)
    assert ends(named) == {}
    sets.close_rating(rating_set=named, actor=None)
    assert ends(named) == {}
