"""What a student may learn from."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from attributes.models import Corpus, Definition
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.domain import silver
from llm_jobs.models import SilverItem, SilverSet
from tests import factories


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 60, group_key="author {i}")
    corpus.items.filter(external_id__gte="i030").update(group_key="one author")
    return factories.definition(corpus)


def alternate(n: int = 60) -> dict[str, str | None]:
    return {f"i{i:03}": "yes" if i % 3 else "no" for i in range(n)}


def freeze(definition: Definition, *, seed: int = 0) -> SilverSet:
    teacher = silver.teacher_of(definition, None)
    return silver.freeze(corpus=definition.attribute.corpus, teachers=[(definition, teacher)], seed=seed)


def names(found: SilverSet) -> set[str]:
    return set(found.silver_items.values_list("item__external_id", flat=True))


def test_soft_labels_are_kept_and_hard_ones_are_certain(definition: Definition) -> None:
    factories.labels(definition, alternate(), p={"i000": [0.25, 0.75]})
    rows = dict(freeze(definition).silver_items.values_list("item__external_id", "p"))
    assert rows["i000"] == [0.25, 0.75]
    assert (rows["i001"], rows["i003"]) == ([0.0, 1.0], [1.0, 0.0])
    assert len(rows) == 60


def test_failures_removed_and_changed_items_stay_out(definition: Definition, corpus: Corpus) -> None:
    factories.labels(definition, {**alternate(), "i005": None})
    corpus.items.filter(external_id="i006").update(removed_at="2026-01-01T00:00Z")
    corpus.items.filter(external_id="i007").update(content_hash="f" * 64)
    assert {f"i{i:03}" for i in range(60)} - names(freeze(definition)) == {"i005", "i006", "i007"}


def test_golden_items_and_their_copies_stay_out(definition: Definition, corpus: Corpus) -> None:
    golden = factories.rating_set(definition, size=10)
    measured = set(golden.rating_items.values_list("item__external_id", flat=True))
    one = golden.rating_items.select_related("item").first()
    assert one is not None
    copy = next(f"i{i:03}" for i in range(60) if f"i{i:03}" not in measured)
    corpus.items.filter(external_id=copy).update(content_hash=one.item.content_hash)
    factories.labels(definition, alternate())
    found = names(freeze(definition))
    assert found.isdisjoint(measured | {copy})
    assert len(found) == 60 - 10 - 1


def test_the_database_refuses_a_golden_item(definition: Definition) -> None:
    golden = factories.rating_set(definition, size=10)
    factories.labels(definition, alternate())
    frozen = freeze(definition)
    item = golden.rating_items.first().item  # type: ignore[union-attr]
    row = SilverItem(silver_set=frozen, definition=definition, item=item, p=[0.5, 0.5], split="train")
    with pytest.raises(IntegrityError, match="is golden"), transaction.atomic():
        row.save()


def test_a_group_stands_on_one_side(definition: Definition) -> None:
    factories.labels(definition, alternate())
    for seed in range(5):
        rows = freeze(definition, seed=seed).silver_items.filter(item__group_key="one author")
        assert rows.values("split").distinct().count() == 1
    assert silver.split_of("author 1", 7) == silver.split_of("author 1", 7)
    shares = [silver.split_of(f"group {i}", 0) for i in range(4000)]
    assert shares.count("held_out") / 4000 == pytest.approx(0.1, abs=0.02)
    assert shares.count("validation") / 4000 == pytest.approx(0.1, abs=0.02)


def test_items_without_a_group_are_split_by_their_own_name(definition: Definition, corpus: Corpus) -> None:
    """By no number of this database: another installation trains on the same items."""
    corpus.items.update(group_key="")
    factories.labels(definition, alternate())
    rows = freeze(definition, seed=3).silver_items.values_list("item__external_id", "split")
    assert {split for _, split in rows} > {"train"}
    assert all(split == silver.split_of(f"item {external_id}", 3) for external_id, split in rows)


def test_the_same_selection_is_the_same_set(definition: Definition) -> None:
    factories.labels(definition, alternate())
    first = freeze(definition)
    assert freeze(definition).pk == first.pk
    assert freeze(definition, seed=1).hash != first.hash
    assert list(first.sources.values_list("run", flat=True)) == [definition.annotations.first().run_item.run_id]  # type: ignore[union-attr]


def test_a_run_may_forbid_training(definition: Definition) -> None:
    run = factories.labels(definition, alternate())
    run.may_train = False
    run.save()
    with pytest.raises(Refused, match="does not allow training"):
        freeze(definition)


def test_too_few_or_one_class_is_said(definition: Definition) -> None:
    factories.labels(definition, alternate(12))
    with pytest.raises(BadInput, match="12 items .* needs at least 20"):
        freeze(definition)
    factories.labels(definition, dict.fromkeys(alternate(), "yes"))
    with pytest.raises(BadInput, match="the same level"):
        freeze(definition)


def test_an_ambiguous_teacher_is_an_error_that_lists_the_choices(definition: Definition) -> None:
    with pytest.raises(BadInput, match="annotate first"):
        silver.teacher_of(definition, None)
    factories.labels(definition, alternate(), "one")
    factories.labels(definition, alternate(), "two")
    with pytest.raises(BadInput, match="name one of one, two with --teacher"):
        silver.teacher_of(definition, None)
    assert silver.teacher_of(definition, "two").name == "two"
    with pytest.raises(BadInput, match=r"no annotator 'three' .* \(there are: one, two\)"):
        silver.teacher_of(definition, "three")
