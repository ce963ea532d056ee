"""What each design draws in the database, and what is kept of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from attributes.models import Corpus, Item
from labelhub.lib.errors import BadInput
from raters.domain import sets
from raters.domain.designs import Design, Method, Sizes
from raters.domain.frames import Frame
from raters.models import Draw, RatingSet
from tests import factories


@pytest.fixture
def population(corpus: Corpus) -> list[Item]:
    return factories.items(corpus, 40)


def draw(corpus: Corpus, **design: Any) -> RatingSet:
    return sets.sample(
        definition=factories.definition(corpus), name="Set", design=Design(**{"size": 10, "seed": 7, **design})
    )


def frame(drawn: RatingSet) -> Frame:
    return Frame.unpack(bytes(Draw.objects.filter(rating_set=drawn).latest("number").frame))


def test_the_chance_of_every_item_of_the_population_is_kept(corpus: Corpus, population: list[Item]) -> None:
    Item.objects.filter(external_id__lt="i010").update(language="sv")
    drawn = draw(corpus, method=Method.STRATIFIED, stratify_by="language")
    kept = frame(drawn)
    assert kept.item.tolist() == [item.pk for item in population]
    assert kept.names == ["sv"] * 10 + [""] * 30
    assert kept.chance.tolist() == pytest.approx([0.5] * 10 + [5 / 30] * 30)
    known = dict(zip(kept.item.tolist(), kept.chance.tolist(), strict=True))
    rows = drawn.rating_items.values_list("item", "inclusion_probability")
    assert all(pi == pytest.approx(known[item]) for item, pi in rows)
    assert drawn.draws.get().design["strata"] == [
        {"name": "", "n": 30, "drawn": 5},
        {"name": "sv", "n": 10, "drawn": 5},
    ]


def test_proportional_strata_look_like_the_population(corpus: Corpus, population: list[Item]) -> None:
    Item.objects.filter(external_id__lt="i010").update(language="sv")
    drawn = draw(corpus, size=20, method=Method.STRATIFIED, stratify_by="language", allocation="proportional")
    assert drawn.rating_items.filter(stratum="sv").count() == 5
    assert set(drawn.rating_items.values_list("inclusion_probability", flat=True)) == {0.5}


def test_what_is_uncertain_is_drawn_more_and_nothing_less_than_the_floor(
    corpus: Corpus, population: list[Item]
) -> None:
    sizes = Sizes("entropy of model", {item.pk: 1.0 for item in population[:8]})
    drawn = draw(corpus, method=Method.BY_SIZE, sizes=sizes, floor=0.2)
    chance = frame(drawn).chance
    assert chance.sum() == pytest.approx(10)
    assert chance[8:].tolist() == pytest.approx([0.2 * 10 / 40 + 0.0125] * 32)  # the 8 are certain: the rest is spread
    assert chance[:8].tolist() == [1.0] * 8
    assert drawn.rating_items.count() == 10
    assert {key: drawn.design[key] for key in ("method", "by", "floor", "sized_n")} == {
        "method": "by_size", "by": "entropy of model", "floor": 0.2, "sized_n": 8,
    }  # fmt: skip


@pytest.mark.parametrize("floor", [0.05, 1.1])
def test_the_floor_is_at_least_a_tenth(corpus: Corpus, population: list[Item], floor: float) -> None:
    with pytest.raises(BadInput, match="floor: 10% to 100 %"):
        draw(corpus, method=Method.BY_SIZE, sizes=Sizes("x", {population[0].pk: 1.0}), floor=floor)


def test_a_diverse_draw_takes_as_many_of_each_group(corpus: Corpus, population: list[Item]) -> None:
    factories.random_vectors(population[:36])
    drawn = draw(corpus, method=Method.DIVERSE, clusters=3, size=12)
    strata = {row["name"]: row for row in drawn.draws.get().design["strata"]}
    assert set(strata) == {"group 1", "group 2", "group 3", "no embedding"}
    assert {name: row["drawn"] for name, row in strata.items()} == dict.fromkeys(strata, 3)
    assert strata["no embedding"]["n"] == 4
    rows = drawn.rating_items.values_list("stratum", "inclusion_probability")
    assert all(pi == pytest.approx(3 / strata[name]["n"]) for name, pi in rows)
    assert drawn.draws.get().design["encoder"].startswith("random-")


def test_picks_are_shots_without_a_chance_and_leave_the_population_with_their_authors(
    corpus: Corpus, population: list[Item]
) -> None:
    Item.objects.filter(external_id__in=["i000", "i001"]).update(group_key="maker")
    drawn = draw(corpus, size=38, picks=("i000",))
    assert list(drawn.rating_items.filter(inclusion_probability=None).values_list("item__external_id", "split")) == [
        ("i000", "shots")
    ]
    assert not drawn.rating_items.filter(item__external_id="i001").exists()
    assert (drawn.design["size"], drawn.design["picked"], drawn.design["population_n"]) == (39, 1, 38)
    sets.open_for_rating(rating_set=drawn, actor=None)


def test_a_frame_comes_back_as_it_was() -> None:
    before = Frame(np.arange(5), np.array([0, 1, 1, 0, 2]), ("a", "", "ü"), np.linspace(0, 1, 5))
    after = Frame.unpack(before.pack())
    assert (after.names, after.item.tolist(), after.chance.tolist()) == (
        ["a", "", "", "a", "ü"], [0, 1, 2, 3, 4], before.chance.tolist(),
    )  # fmt: skip
