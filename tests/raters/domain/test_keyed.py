"""Checks and lessons: which items may have an answer key, and how keys are read."""

from __future__ import annotations

from collections import Counter

import pytest

from attributes.models import AuditEvent, Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from raters.domain import gold, keyed, sets
from raters.domain.keyed import Source
from raters.models import AnswerKey, Exposure, GoldLabel, RatingItem, RatingSet
from tests import factories


@pytest.fixture
def frozen(corpus: Corpus) -> RatingSet:
    """Thirty items by three raters: a third each unanimous yes, unanimous no, majority yes."""
    factories.items(corpus, 40)
    votes = {f"i{i:03}": ("yyy", "nnn", "yyn")[i % 3] for i in range(40)}
    closed = factories.closed_set(corpus, votes, size=30, name="Frozen one")
    return gold.freeze(rating_set=closed, actor=None)


@pytest.fixture
def published(frozen: RatingSet) -> Definition:
    return frozen.definition


@pytest.fixture
def draft(published: Definition) -> RatingSet:
    """Measures two items that the frozen set does not have."""
    drawn = factories.rating_set(published, size=2, opened=False, name="Draft")
    others = Item.objects.exclude(rating_items__rating_set__name="Frozen one").order_by("pk")
    for row, item in zip(drawn.rating_items.all(), others, strict=False):
        RatingItem.objects.filter(pk=row.pk).update(item=item)
    return drawn


def keys(of: RatingSet) -> list[AnswerKey]:
    return list(AnswerKey.objects.filter(rating_item__rating_set=of).select_related("level", "rating_item__item"))


def lines(draft: RatingSet, text: str) -> int:
    return keyed.add_lines(rating_set=draft, lines=text, actor=None)


def free(draft: RatingSet, n: int = 1) -> list[str]:
    """External ids of items that are in no set."""
    unused = Item.objects.filter(rating_items=None).order_by("pk")
    return list(unused.values_list("external_id", flat=True)[:n])


def test_checks_from_a_golden_set_show_every_level_and_the_surest_first(
    draft: RatingSet, frozen: RatingSet, owner: User
) -> None:
    assert keyed.add_from_golden(rating_set=draft, golden=frozen, n=4, actor=owner, seed=1) == 4
    rows = keys(draft)
    assert Counter(key.level.key for key in rows) == {"yes": 2, "no": 2}
    measured = dict(frozen.rating_items.filter(split="dev").values_list("item", "pk"))
    labels = GoldLabel.objects.filter(rating_item__in=[measured[key.rating_item.item_id] for key in rows])
    assert {label.source for label in labels} == {"unanimous"}
    assert {(key.rating_item.role, key.rating_item.overlap, key.rating_item.inclusion_probability) for key in rows} == {
        ("check", 0, None)
    }
    assert draft.design["check"] == 4
    event = AuditEvent.objects.get(verb="check_items_added")
    assert (event.actor, event.data["n"], event.data["golden"]) == (owner, 4, "Frozen one")


def test_a_qualification_teaches(published: Definition, frozen: RatingSet) -> None:
    lesson = RatingSet.objects.create(definition=published, name="Lesson", purpose="qualification", pass_mark=0.8)
    keyed.add(rating_set=lesson, source=Source(n=2, golden=frozen), actor=None)
    assert {key.rating_item.role for key in keys(lesson)} == {"teach"}
    assert lesson.design["teach"] == 2


def test_never_an_item_that_the_set_measures(draft: RatingSet, frozen: RatingSet) -> None:
    dev = list(frozen.rating_items.filter(split="dev").values_list("item", flat=True))
    for row, item in zip(draft.rating_items.all(), dev, strict=False):
        RatingItem.objects.filter(pk=row.pk).update(item=item)
    keyed.add_from_golden(rating_set=draft, golden=frozen, n=len(dev) - 2, actor=None)
    with pytest.raises(BadInput, match=r"lines: line 1: item .* is in the set already"):
        lines(draft, f"{draft.rating_items.filter(role='measure')[0].item.external_id}, yes")


def test_never_an_item_of_a_sealed_test(draft: RatingSet, frozen: RatingSet, owner: User) -> None:
    n_dev = frozen.rating_items.filter(split="dev").count()
    with pytest.raises(BadInput, match=f"n: Frozen one has {n_dev} usable items, not {n_dev + 1}"):
        keyed.add_from_golden(rating_set=draft, golden=frozen, n=n_dev + 1, actor=None)
    test_item = frozen.rating_items.filter(split="test")[0].item
    with pytest.raises(BadInput, match="sealed"):
        lines(draft, f"{test_item.external_id}, yes")
    sets.unseal(rating_set=frozen, actor=owner)
    assert lines(draft, f"{test_item.external_id}, yes") == 1
    keyed.add_from_golden(rating_set=draft, golden=frozen, n=n_dev + 1, actor=None)


def test_nor_one_that_is_sealed_in_another_set(draft: RatingSet, frozen: RatingSet, published: Definition) -> None:
    other = factories.rating_set(published, size=2, opened=False, name="Other")
    dev = list(frozen.rating_items.filter(split="dev").values_list("item", flat=True))
    for row, item in zip(other.rating_items.all(), dev, strict=False):
        RatingItem.objects.filter(pk=row.pk).update(item=item, split="test", fold=None)
    with pytest.raises(BadInput, match=f"has {len(dev) - 2} usable"):
        keyed.add_from_golden(rating_set=draft, golden=frozen, n=len(dev), actor=None)


def test_no_check_is_an_example_of_the_definition_but_a_lesson_may_be(corpus: Corpus) -> None:
    factories.items(corpus, 6)
    example = {"item": "i000", "level": "yes", "why": "slow"}
    published = factories.definition(corpus, examples=[example])
    draft = factories.rating_set(published, size=2, opened=False)
    with pytest.raises(BadInput, match="line 1: item i000 is an example of a definition"):
        lines(draft, "i000, yes")
    lesson = RatingSet.objects.create(definition=published, name="Lesson", purpose="qualification", pass_mark=0.8)
    assert lines(lesson, "i000, yes") == 1


def test_gold_of_changed_or_removed_items_does_not_serve(draft: RatingSet, frozen: RatingSet) -> None:
    dev = list(frozen.rating_items.filter(split="dev").values_list("item", flat=True))
    Item.objects.filter(pk=dev[0]).update(content_hash="0" * 64)
    Item.objects.filter(pk=dev[1]).update(removed_at="2026-01-01T00:00Z")
    with pytest.raises(BadInput, match=f"has {len(dev) - 2} usable"):
        keyed.add_from_golden(rating_set=draft, golden=frozen, n=len(dev), actor=None)


def test_every_level_or_none(draft: RatingSet, frozen: RatingSet) -> None:
    with pytest.raises(BadInput, match="n: 1 items cannot show all 2 levels"):
        keyed.add_from_golden(rating_set=draft, golden=frozen, n=1, actor=None)
    noes = GoldLabel.objects.filter(level__key="no").values("rating_item__item")
    Item.objects.filter(pk__in=noes).update(content_hash="0" * 64)
    with pytest.raises(BadInput, match="golden: Frozen one has no usable item of level No"):
        keyed.add_from_golden(rating_set=draft, golden=frozen, n=4, actor=None)


def test_the_source_is_frozen_and_of_the_attribute(draft: RatingSet, frozen: RatingSet, corpus: Corpus) -> None:
    of_another = factories.definition(corpus, factories.ENERGETIC)
    other_draft = factories.rating_set(of_another, size=2, opened=False, name="Other")
    for rating_set, golden in ((other_draft, frozen), (draft, draft)):
        with pytest.raises(BadInput, match="golden: choose a frozen golden set of the same attribute"):
            keyed.add_from_golden(rating_set=rating_set, golden=golden, n=2, actor=None)


def test_only_to_a_draft(draft: RatingSet, frozen: RatingSet) -> None:
    sets.open_for_rating(rating_set=draft, actor=None)
    with pytest.raises(Refused, match="Draft is open"):
        keyed.add_from_golden(rating_set=draft, golden=frozen, n=2, actor=None)
    with pytest.raises(Refused, match="Draft is open"):
        lines(draft, f"{free(draft)[0]}, yes")


def test_pasted_lines(draft: RatingSet, owner: User) -> None:
    a, b, c, d = free(draft, 4)
    text = f"{a}, yes, includes.0, slow, and quiet\n\n{b},no\n{c}, no, , without a clause\n{d}, yes, It is slow."
    assert keyed.add_lines(rating_set=draft, lines=text, actor=owner) == 4
    found = {key.rating_item.item.external_id: (key.level.key, key.clause, key.note) for key in keys(draft)}
    assert found == {
        a: ("yes", "includes.0", "slow, and quiet"),
        b: ("no", "", ""),
        c: ("no", "", "without a clause"),
        d: ("yes", "", "It is slow."),
    }
    assert draft.design["check"] == 4
    assert AuditEvent.objects.get(verb="check_items_added").data["n"] == 4
    knows = Exposure.objects.filter(user=owner, kind="gold").values_list("item__external_id", flat=True)
    assert set(knows) == {a, b, c, d}  # who writes the answers down


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("nowhere, yes", "no item 'nowhere' in this corpus"),
        ("{b}, maybe", r"'maybe' is not a level \(no, yes\)"),
        ("{b}", r"'' is not a level \(no, yes\)"),
        ("{b}, yes, includes.7", "the definition has no clause 'includes.7'"),
        ("{b}, yes, include.0, note", "the definition has no clause 'include.0'"),
        ("{a}, yes", "item {a} stands in line 1 already"),
    ],
)
def test_the_first_line_at_fault_is_named_and_nothing_stored(draft: RatingSet, line: str, problem: str) -> None:
    a, b = free(draft, 2)
    text = f"{a}, yes\n\n" + line.format(a=a, b=b)
    with pytest.raises(BadInput, match=f"^lines: line 3: {problem.format(a=a)}"):
        lines(draft, text)
    assert keys(draft) == []


def test_every_kind_of_clause(draft: RatingSet) -> None:
    paths = ["includes.1", "excludes.0", "edge_cases.0"]
    text = "\n".join(f"{item}, no, {path}" for item, path in zip(free(draft, 3), paths, strict=True))
    assert lines(draft, text) == 3


def test_lines_there_must_be_and_not_too_many(draft: RatingSet) -> None:
    with pytest.raises(BadInput, match="lines: there are none"):
        lines(draft, " \n ")
    with pytest.raises(BadInput, match="lines: 1,001 are too many"):
        lines(draft, "x, yes\n" * 1001)
