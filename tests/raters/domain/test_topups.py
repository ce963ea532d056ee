"""More items in a set: old places stay, chances rise to those of both draws."""

from __future__ import annotations

from typing import Any

import pytest

from attributes.models import Attribute, AuditEvent, Corpus, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import sets, topups
from raters.domain.designs import Design, Method, Sizes
from raters.models import RatingSet
from tests import factories


@pytest.fixture
def population(corpus: Corpus) -> list[Item]:
    return factories.items(corpus, 40)


def draw(corpus: Corpus, *, opened: bool = True, **design: Any) -> RatingSet:
    drawn = sets.sample(
        definition=factories.definition(corpus), name="Set", design=Design(**{"size": 10, "seed": 7, **design})
    )
    return sets.open_for_rating(rating_set=drawn, actor=None) if opened else drawn


def places(drawn: RatingSet) -> dict[int, tuple[Any, ...]]:
    rows = drawn.rating_items.values_list("item", "split", "fold", "position", "stratum")
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("opened", [True, False])
def test_a_uniform_set_becomes_a_larger_one(corpus: Corpus, population: list[Item], owner: User, opened: bool) -> None:
    drawn = draw(corpus, opened=opened)
    before = places(drawn)
    more = topups.top_up(rating_set=drawn, size=6, actor=owner)
    after = places(drawn)
    assert len(after) == 16
    assert {item: after[item] for item in before} == before
    chances = list(drawn.rating_items.values_list("inclusion_probability", flat=True))
    assert chances == pytest.approx([16 / 40] * 16)
    assert (drawn.design["size"], drawn.design["population_n"], more.number) == (16, 40, 2)
    assert AuditEvent.objects.filter(verb="rating_set_topped_up", actor=owner).count() == 1
    topups.top_up(rating_set=drawn, size=24, actor=owner)
    assert set(drawn.rating_items.values_list("inclusion_probability", flat=True)) == {1.0}
    with pytest.raises(BadInput, match="size: cannot draw 1 of the 0 items that are not in the set yet"):
        topups.top_up(rating_set=drawn, size=1, actor=owner)


def test_strata_are_topped_up_within(corpus: Corpus, population: list[Item], owner: User) -> None:
    Item.objects.filter(external_id__lt="i010").update(language="sv")
    drawn = draw(corpus, method=Method.STRATIFIED, stratify_by="language")
    topups.top_up(rating_set=drawn, size=4, actor=owner)
    rows = drawn.rating_items.values_list("stratum", "inclusion_probability")
    assert {(stratum, round(chance, 6)) for stratum, chance in rows} == {("sv", 0.7), ("", round(7 / 30, 6))}
    assert Item.objects.filter(language="sv", rating_items__rating_set=drawn).count() == 7


def test_a_set_drawn_by_size_is_topped_up_at_random(corpus: Corpus, population: list[Item], owner: User) -> None:
    sizes = Sizes("x", {item.pk: 1.0 if i < 20 else 0.1 for i, item in enumerate(population)})
    drawn = draw(corpus, method=Method.BY_SIZE, sizes=sizes)
    first = dict(drawn.rating_items.values_list("item", "inclusion_probability"))
    topups.top_up(rating_set=drawn, size=6, actor=owner)
    both = dict(drawn.rating_items.values_list("item", "inclusion_probability"))
    assert all(both[item] == pytest.approx(1 - (1 - p) * (1 - 6 / 30)) for item, p in first.items())


def test_what_joined_the_corpus_since_can_come_and_what_left_it_stays(
    corpus: Corpus, population: list[Item], owner: User
) -> None:
    drawn = draw(corpus, size=39)
    gone = drawn.rating_items.order_by("pk").first()
    assert gone is not None
    Item.objects.filter(pk=gone.item_id).update(removed_at="2026-01-01T00:00Z")
    new = factories.items_more(corpus, ["z1", "z2"])
    topups.top_up(rating_set=drawn, size=3, actor=owner)
    chances = dict(drawn.rating_items.values_list("item", "inclusion_probability"))
    assert chances.pop(gone.item_id) == pytest.approx(39 / 40)
    assert {chances[item.pk] for item in new} == {1.0}


def test_a_group_goes_on_where_it_is(corpus: Corpus, population: list[Item], owner: User) -> None:
    for i in range(40):
        Item.objects.filter(external_id=f"i{i:03}").update(group_key=f"g{i % 5}")
    drawn = draw(corpus, size=5)
    topups.top_up(rating_set=drawn, size=35, actor=owner)
    rows = set(drawn.rating_items.values_list("item__group_key", "split", "fold"))
    assert len({group for group, *_ in rows}) == len(rows) == 5


def test_raters_find_the_new_items(corpus: Corpus, population: list[Item], owner: User, rater: User) -> None:
    drawn = draw(corpus, size=2, overlap=1)
    factories.rate_all(rater, drawn)
    topups.top_up(rating_set=drawn, size=3, actor=owner)
    assert len(factories.rate_all(rater, drawn)) == 3


def test_nothing_is_drawn_after_rating_has_closed(corpus: Corpus, owner: User) -> None:
    closed = factories.closed_set(corpus, {"i000": "yy", "i001": "nn"})
    with pytest.raises(Refused, match="Golden set is adjudicating: items are drawn before rating closes"):
        topups.top_up(rating_set=closed, size=1, actor=owner)
    sets.reopen(rating_set=closed, actor=owner)
    factories.items_more(corpus, ["z1"])
    topups.top_up(rating_set=closed, size=1, actor=owner)
    assert closed.rating_items.count() == 3


def test_a_set_without_a_draw_on_record_cannot_grow(corpus: Corpus, population: list[Item], owner: User) -> None:
    calming = Attribute.objects.get(pk=factories.definition(corpus).attribute_id)
    found = RatingSet.objects.create(definition=calming.definitions.get(), name="file", design={"method": "imported"})
    with pytest.raises(Refused, match="has no draw on record"):
        topups.top_up(rating_set=found, size=1, actor=owner)


def test_a_seed_repeats_a_top_up(corpus: Corpus, population: list[Item], owner: User) -> None:
    first, second = draw(corpus), None
    topups.top_up(rating_set=first, size=5, actor=owner, seed=3)
    second = sets.sample(definition=first.definition, name="Other", design=Design(size=10, seed=7))
    topups.top_up(rating_set=second, size=5, actor=owner, seed=3)
    assert set(places(first)) == set(places(second))
