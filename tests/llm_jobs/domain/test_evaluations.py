"""Evaluations through the database, against numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from attributes.models import Corpus, Definition
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.domain import evaluations
from llm_jobs.domain.machine_labels import machine_labels
from llm_jobs.models import Evaluation
from raters.domain import imports, sets
from raters.models import Look, RatingSet
from tests import factories

# Three raters on four items, the last rated by two. Against the others' consensus, where a tie counts half for each
# level: pooled yes-yes 4, no-yes 3, yes-no 3, no-no 1 over 11 pairs.
VOTES = {"i000": "yyy", "i001": "yyn", "i002": "nny", "i003": "yn"}
WORDS = {"y": "yes", "n": "no"}


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 4)
    return factories.definition(corpus)


@pytest.fixture
def rated(definition: Definition, tmp_path: Path) -> RatingSet:
    rows = [f"{item},{'ABC'[k]},{WORDS[vote]}" for item, votes in VOTES.items() for k, vote in enumerate(votes)]
    path = tmp_path / "ratings.csv"
    path.write_text("item_id,rater_id,label\n" + "\n".join(rows) + "\n")
    return imports.import_ratings(attribute=definition.attribute, path=path, columns=imports.RatingColumns()).rating_set


def row(evaluation: Evaluation, name: str) -> dict[str, object]:
    found = {entry["name"]: entry for entry in evaluation.result["annotators"]}
    found |= {entry["name"]: entry for entry in evaluation.result["raters"]}
    return {**found, "pooled": evaluation.result["pooled_raters"]}[name]


def value(evaluation: Evaluation, name: str, figure: str) -> float:
    return row(evaluation, name)[figure]["value"]  # type: ignore[index]


def test_numbers_worked_out_by_hand(definition: Definition, rated: RatingSet) -> None:
    factories.labels(definition, {"i000": "yes", "i001": "yes", "i002": "no", "i003": None}, "failing")
    factories.labels(definition, {"i000": "yes"}, "sparse")
    found = evaluations.evaluate(rating_set=rated)
    assert value(found, "pooled", "precision") == value(found, "pooled", "recall") == pytest.approx(4 / 7)
    assert row(found, "pooled")["n_pairs"] == 11
    # On the three items it labeled: yes-yes 5, no-yes 1, yes-no 1, no-no 2; the raters there have F1 2/3.
    failing = row(found, "failing")
    assert [failing[key] for key in ("n_items", "n_pairs", "n_failed", "n_missing")] == [3, 9, 1, 0]
    assert value(found, "failing", "f1") == pytest.approx(5 / 6)
    assert failing["vs_pooled"]["difference"] == pytest.approx(5 / 6 - 2 / 3)  # type: ignore[index]
    sparse = row(found, "sparse")
    assert [sparse[key] for key in ("n_items", "n_pairs", "n_failed", "n_missing")] == [1, 3, 0, 3]
    # A: yes-yes 1.5, no-yes 1.5, yes-no 0.5, no-no 0.5
    assert value(found, "A", "precision") == pytest.approx(0.5)
    assert value(found, "A", "recall") == pytest.approx(0.75)
    assert value(found, "C", "f1") == pytest.approx(0.5)
    assert found.result["n_items_in_split"] == 4


def test_the_same_inputs_are_the_same_row(definition: Definition, rated: RatingSet) -> None:
    factories.labels(definition, {"i000": "yes"})
    first = evaluations.evaluate(rating_set=rated)
    assert evaluations.evaluate(rating_set=rated).pk == first.pk
    factories.labels(definition, {"i001": "no"})
    assert evaluations.evaluate(rating_set=rated).pk != first.pk
    assert evaluations.evaluate(rating_set=rated, seed=1).pk not in {first.pk}


def test_a_failure_is_told_from_a_missing_label_in_the_key(definition: Definition, rated: RatingSet) -> None:
    factories.labels(definition, {"i000": "yes"})
    first = evaluations.evaluate(rating_set=rated)
    factories.labels(definition, {"i001": None})
    again = evaluations.evaluate(rating_set=rated)
    assert (row(first, "model")["n_failed"], row(again, "model")["n_failed"]) == (0, 1)


def test_the_newest_run_speaks_and_a_cancelled_one_is_silent(definition: Definition, rated: RatingSet) -> None:
    factories.labels(definition, {"i000": "no", "i001": "no"})
    factories.labels(definition, {"i000": "yes"})
    late = factories.labels(definition, {"i000": "no"})
    late.state = "cancelled"
    late.save()
    (machine,) = machine_labels(rated, [i.pk for i in definition.attribute.corpus.items.order_by("pk")])
    assert machine.codes.tolist() == [1, 0, -1, -1]


def test_disagreements_are_with_the_majority(definition: Definition, rated: RatingSet) -> None:
    factories.labels(definition, {"i000": "no", "i001": "yes", "i002": "no", "i003": "no"})
    found = evaluations.evaluate(rating_set=rated)
    differing = evaluations.disagreements(found, "model")
    assert [rated.rating_items.get(pk=pk).item.external_id for pk in differing] == ["i000"]  # i003 is a tie
    with pytest.raises(BadInput, match="no annotator 'nobody'"):
        evaluations.disagreements(found, "nobody")


def test_nothing_to_compare_is_said(definition: Definition) -> None:
    unrated = factories.rating_set(definition, size=4, name="Unrated")
    with pytest.raises(BadInput):
        evaluations.evaluate(rating_set=unrated)


def test_adjudicated_needs_gold_of_somebody_else(definition: Definition, rated: RatingSet) -> None:
    with pytest.raises(BadInput, match="none of the raters voted on"):
        evaluations.evaluate(rating_set=rated, reference="adjudicated")


@pytest.fixture
def with_test(corpus: Corpus) -> RatingSet:
    """A golden set of 40 items, fully rated, with a sealed test split."""
    factories.items(corpus, 40)
    definition = factories.definition(corpus)
    golden = factories.rating_set(definition, size=40)
    for person in factories.raters(corpus, 2):
        factories.rate_all(person, golden)
    factories.labels(definition, {f"i{i:03}": "yes" if i % 2 else "no" for i in range(40)})
    return golden


def test_a_look_at_the_test_counts_once_per_subject(with_test: RatingSet, owner: User) -> None:
    evaluations.evaluate(rating_set=with_test, split="dev", user=owner)
    assert Look.objects.count() == 0
    evaluations.evaluate(rating_set=with_test, split="test", user=owner)
    evaluations.evaluate(rating_set=with_test, split="test", user=owner)
    assert list(Look.objects.values_list("split", "user")) == [("test", owner.pk)]
    factories.labels(with_test.definition, {f"i{i:03}": "yes" for i in range(40)}, "other")
    evaluations.evaluate(rating_set=with_test, split="test", user=owner)
    assert Look.objects.count() == 2  # the first subject again is no new look


def test_test_items_are_never_named(with_test: RatingSet, owner: User) -> None:
    found = evaluations.evaluate(rating_set=with_test, split="test", user=owner)
    with pytest.raises(Refused, match="sealed test"):
        evaluations.disagreements(found, "model")
    sets.unseal(rating_set=with_test, actor=owner)
    opened = evaluations.evaluate(rating_set=with_test, split="dev", user=owner)
    n_dev_and_test = with_test.rating_items.exclude(split="shots").count()
    assert opened.result["n_items_in_split"] == n_dev_and_test
    assert len(evaluations.disagreements(opened, "model")) <= n_dev_and_test
    assert Look.objects.count() == 1  # an unsealed test is dev: no looks are counted any more
