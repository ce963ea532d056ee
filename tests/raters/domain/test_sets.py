"""The life of a set: drawn, opened, closed, unsealed."""

from __future__ import annotations

from typing import Any

import pytest

from attributes.domain import definitions
from attributes.models import Attribute, AuditEvent, Corpus, Item
from attributes.schema import parse_spec
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import assignments, sets
from raters.domain.designs import Method
from raters.models import Assignment, RatingItem, RatingSet
from raters.sampling import Shares
from tests import factories


@pytest.fixture
def population(corpus: Corpus) -> list[Item]:
    return factories.items(corpus, 40)


def draw(corpus: Corpus, name: str = "Golden set", **design: Any) -> RatingSet:
    return sets.sample(
        definition=factories.definition(corpus), name=name, design=sets.Design(**{"size": 20, "seed": 7, **design})
    )


def test_a_drawn_set_is_a_draft_with_everything_fixed(corpus: Corpus, population: list[Item]) -> None:
    drawn = draw(corpus)
    rows = list(drawn.rating_items.all())
    assert (drawn.state, len(rows)) == ("draft", 20)
    assert {row.inclusion_probability for row in rows} == {0.5}
    assert {split: sum(row.split == split for row in rows) for split in RatingItem.Split.values} == {
        "shots": 2, "dev": 10, "test": 8,
    }  # fmt: skip
    assert sorted(row.fold for row in rows if row.fold is not None) == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert drawn.design == {
        "method": "uniform", "population_n": 40, "size": 20,
        "shares": {"shots": 0.1, "dev": 0.5, "test": 0.4}, "seed": 7, "named_raters": False,
    }  # fmt: skip


def test_the_seed_repeats_the_draw(corpus: Corpus, population: list[Item]) -> None:
    def drawn(name: str, seed: int) -> list[tuple[int, str, int | None]]:
        return list(draw(corpus, name, seed=seed).rating_items.order_by("item").values_list("item", "split", "fold"))

    assert drawn("a", 1) == drawn("b", 1)
    assert drawn("c", 2) != drawn("a2", 1)


def test_a_seed_is_drawn_and_stored_where_none_is_given(corpus: Corpus, population: list[Item]) -> None:
    assert isinstance(draw(corpus, seed=None).design["seed"], int)


def test_examples_and_removed_items_are_no_population(corpus: Corpus, population: list[Item]) -> None:
    Item.objects.filter(external_id="i001").update(removed_at="2026-01-01T00:00Z")
    example = {"examples": [{"item": "i000", "level": "yes", "why": "slow"}]}
    drawn = sets.sample(
        definition=factories.definition(corpus, **example), name="all", design=sets.Design(size=38, seed=1)
    )
    ids = set(drawn.rating_items.values_list("item__external_id", flat=True))
    assert ids == {f"i{i:03}" for i in range(2, 40)}


@pytest.mark.parametrize(
    ("by", "fields"),
    [
        ("language", {"language": "en"}),
        ("group", {"group_key": "maker"}),
        ("topic", {"metadata": {"topic": "rare"}}),
        ("a__b", {"metadata": {"a__b": "rare"}}),
    ],
)
def test_strata(corpus: Corpus, population: list[Item], by: str, fields: dict[str, Any]) -> None:
    Item.objects.filter(external_id__in=["i000", "i001", "i002", "i003"]).update(**fields)
    drawn = draw(corpus, size=8, method=Method.STRATIFIED, stratify_by=by)
    strata = dict(drawn.rating_items.values_list("stratum", "inclusion_probability"))
    rare = next(key for key in strata if key)
    assert strata == {rare: 1.0, "": 4 / 36}


def test_groups_share_split_and_fold(corpus: Corpus, population: list[Item]) -> None:
    for i in range(40):
        Item.objects.filter(external_id=f"i{i:03}").update(group_key=f"g{i % 10}")
    drawn = draw(corpus, size=40)
    places = drawn.rating_items.values_list("item__group_key", "split", "fold").distinct()
    assert len(places) == 10


@pytest.mark.parametrize(
    ("design", "message"),
    [
        ({"size": 41}, "size: cannot draw 41 of 40 items"),
        ({"size": 0}, "size: cannot draw 0 of 40 items"),
        ({"overlap": 0}, "overlap: 1 to 50"),
        ({"overlap": 51}, "overlap: 1 to 50"),
        ({"method": Method.STRATIFIED, "stratify_by": "genre"}, "stratify_by: no item has 'genre'"),
        ({"method": Method.STRATIFIED}, "stratify_by: say what the strata are"),
        ({"method": Method.DIVERSE}, "method: no item of the corpus has an embedding yet"),
        ({"method": Method.BY_SIZE}, "by: nothing is known of how uncertain"),
        ({"picks": ("i000", "x")}, "picks: no item 'x' that the set may hold"),
    ],
)
def test_impossible_designs(corpus: Corpus, population: list[Item], design: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        draw(corpus, **design)
    assert RatingSet.objects.count() == 0


def test_a_name_is_used_once_a_definition(corpus: Corpus, population: list[Item]) -> None:
    draw(corpus, "one")
    with pytest.raises(BadInput, match="name: this definition has a rating set called 'one'"):
        draw(corpus, "one")


def test_a_draft_definition_carries_no_set(corpus: Corpus, population: list[Item]) -> None:
    draft = definitions.save_draft(corpus=corpus, spec=parse_spec(factories.CALMING), author=None)
    with pytest.raises(Refused, match="not on a draft"):
        sets.sample(definition=draft, name="x", design=sets.Design(size=1))


def test_named_raters_must_be_enough(corpus: Corpus, population: list[Item], rater: User, other_rater: User) -> None:
    of = factories.definition(corpus)
    with pytest.raises(BadInput, match="raters: 1 people cannot give 3 ratings"):
        sets.sample(definition=of, name="x", design=sets.Design(size=5), raters=[rater])
    named = sets.sample(definition=of, name="x", design=sets.Design(size=5, overlap=2), raters=[rater, other_rater])
    assert named.is_named
    assert named.set_raters.count() == 2


def test_a_share_may_be_nothing(corpus: Corpus, population: list[Item]) -> None:
    drawn = draw(corpus, shares=Shares(0, 1, 0))
    assert set(drawn.rating_items.values_list("split", flat=True)) == {"dev"}


def test_the_steps_in_order(corpus: Corpus, population: list[Item], owner: User) -> None:
    drawn = draw(corpus)
    with pytest.raises(Refused, match="is draft"):
        sets.close_rating(rating_set=drawn, actor=owner)
    sets.open_for_rating(rating_set=drawn, actor=owner)
    assert Attribute.objects.get().levels_locked_at is not None
    with pytest.raises(Refused, match="is open"):
        sets.open_for_rating(rating_set=drawn, actor=owner)
    sets.close_rating(rating_set=drawn, actor=owner)
    sets.reopen(rating_set=drawn, actor=owner)
    verbs = list(
        AuditEvent.objects.filter(object_type="raters.ratingset").order_by("pk").values_list("verb", flat=True)
    )
    assert verbs == ["rating_set_sampled", "rating_set_opened", "rating_closed", "rating_reopened"]


def test_a_draft_can_be_discarded_and_leaves_a_record(
    corpus: Corpus, population: list[Item], owner: User, rater: User, other_rater: User
) -> None:
    design = sets.Design(size=10, overlap=2, seed=1)
    of = factories.definition(corpus)
    drawn = sets.sample(definition=of, name="Mistaken", design=design, raters=[rater, other_rater])
    uid = drawn.uid
    sets.discard(rating_set=drawn, actor=owner)
    assert not RatingSet.objects.filter(uid=uid).exists()
    event = AuditEvent.objects.get(verb="rating_set_discarded")
    assert (event.actor, event.object_id, event.data["name"], event.data["design"]["seed"]) == (
        owner, str(uid), "Mistaken", 1,
    )  # fmt: skip
    with pytest.raises(Refused, match="not here any more"):
        sets.discard(rating_set=drawn, actor=owner)
    sets.sample(definition=of, name="Mistaken", design=design)


@pytest.mark.parametrize("state", ["open", "adjudicating", "frozen"])
def test_only_a_draft_can_be_discarded(corpus: Corpus, population: list[Item], state: str) -> None:
    drawn = draw(corpus, size=4)
    RatingSet.objects.filter(pk=drawn.pk).update(state=state)
    with pytest.raises(Refused, match="only a draft can be discarded"):
        sets.discard(rating_set=drawn, actor=None)
    assert drawn.rating_items.count() == 4


def test_closing_takes_claims_back(corpus: Corpus, population: list[Item], rater: User) -> None:
    opened = sets.open_for_rating(rating_set=draw(corpus), actor=None)
    assignments.claim_next(rater=rater, rating_set=opened)
    sets.close_rating(rating_set=opened, actor=None)
    assert Assignment.objects.values_list("state", flat=True).get() == "queued"
    assert set(opened.rating_items.values_list("claimed", flat=True)) == {0}


def test_unsealing_is_recorded_and_once(corpus: Corpus, population: list[Item], owner: User) -> None:
    drawn = draw(corpus)
    sets.unseal(rating_set=drawn, actor=owner)
    assert drawn.test_is_sealed is False
    with pytest.raises(Refused, match="unsealed already"):
        sets.unseal(rating_set=drawn, actor=owner)
    assert AuditEvent.objects.filter(verb="test_unsealed", actor=owner).count() == 1


def test_finding_a_set(corpus: Corpus, population: list[Item]) -> None:
    drawn = draw(corpus)
    attribute = drawn.definition.attribute
    assert sets.get_set(attribute) == drawn
    assert sets.get_set(attribute, str(drawn.uid)[:8]) == drawn
    assert sets.get_set(attribute, "Golden set") == drawn
    with pytest.raises(BadInput, match="'nope' fits 0"):
        sets.get_set(attribute, "nope")
    with pytest.raises(BadInput, match="no golden set for version 9"):
        sets.get_set(attribute, version=9)
