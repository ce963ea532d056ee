"""What is exported can be imported, and a sealed test stays sealed."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from attributes.models import Corpus
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from llm_jobs.domain import exports, imports
from llm_jobs.models import Annotation
from raters.domain import gold, sets
from raters.domain import imports as rating_imports
from raters.models import Exposure, Rating
from tests import factories


def read(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_annotations_come_back_as_they_left(corpus: Corpus, tmp_path: Path, suffix: str) -> None:
    factories.items(corpus, 4)
    definition = factories.definition(corpus)
    p = {"i000": [0.125, 0.875], "i001": [0.75, 0.25]}
    run = factories.labels(definition, {"i000": "yes", "i001": "no", "i003": None}, p=p)
    factories.labels(definition, {"i000": "no"}, "another")
    path = tmp_path / f"out{suffix}"
    assert exports.export(attribute=definition.attribute, what="annotations", path=path).rows == 4
    # The failed row has no probabilities, so it comes in without them.
    columns = imports.AnnotationColumns(where={"annotator": "model"}, probabilities={"no": "p_no", "yes": "p_yes"})
    back = imports.import_annotations(attribute=definition.attribute, path=path, annotator="again", columns=columns)
    fields = ("item", "level", "p", "failure_code")
    assert (back.n, back.failed) == (3, 1)
    before = list(Annotation.objects.filter(run_item__run=run).order_by("item").values_list(*fields[:3]))
    after = list(Annotation.objects.filter(run_item__run=back.run).order_by("item").values_list(*fields[:3]))
    assert after == before


def test_ratings_come_back_as_they_left(corpus: Corpus, tmp_path: Path) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": ("yy", "yn", "n?")[i % 3] for i in range(12)})
    path = tmp_path / "ratings.csv"
    sets.unseal(rating_set=closed, actor=factories.user("o@example.com"))
    attribute = closed.definition.attribute
    assert exports.export(attribute=attribute, what="ratings", path=path).rows == 24
    columns = rating_imports.RatingColumns(where={"answer": "level"})
    back = rating_imports.import_ratings(attribute=attribute, path=path, columns=columns).rating_set
    fields = ("rating_item__item", "level")
    before = Rating.objects.filter(rating_item__rating_set=closed, answer="level").order_by(*fields)
    after = Rating.objects.filter(rating_item__rating_set=back).order_by(*fields)
    assert list(after.values_list(*fields)) == list(before.values_list(*fields))


def test_a_sealed_test_stays_in_the_house(corpus: Corpus, owner: User, tmp_path: Path) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": "yn" for i in range(20)}, size=20)
    attribute = closed.definition.attribute
    factories.labels(closed.definition, {f"i{i:03}": "yes" for i in range(20)})
    sealed = set(closed.rating_items.filter(split="test").values_list("item__external_id", flat=True))
    assert sealed
    path = tmp_path / "out.csv"
    per_item = {"ratings": 2, "annotations": 1}
    for what, n in per_item.items():
        written = exports.export(attribute=attribute, what=what, path=path)
        assert {row["item_id"] for row in read(path)}.isdisjoint(sealed)
        assert (written.rows, written.left_out_sealed) == (n * (20 - len(sealed)), n * len(sealed))
    sets.unseal(rating_set=closed, actor=owner)
    assert exports.export(attribute=attribute, what="annotations", path=path).rows == 20


def test_what_cannot_be_exported_is_said(corpus: Corpus, tmp_path: Path) -> None:
    attribute = factories.definition(corpus).attribute
    with pytest.raises(BadInput, match="no published scores"):
        exports.export(attribute=attribute, what="scores", path=tmp_path / "x.csv")
    with pytest.raises(BadInput, match="not one of ratings, gold, annotations, scores"):
        exports.export(attribute=attribute, what="opinions", path=tmp_path / "x.csv")
    with pytest.raises(BadInput):
        exports.export(attribute=attribute, what="gold", path=tmp_path / "x.docx")


def test_gold_says_who_decided_it_and_what_they_had_seen(corpus: Corpus, owner: User, tmp_path: Path) -> None:
    closed = factories.closed_set(corpus, {f"i{i:03}": ("yy", "yn")[i % 2] for i in range(12)})
    tied = closed.rating_items.filter(gold_labels__source="tie", split="dev").order_by("pk").first()
    assert tied is not None
    gold.expose(user=owner, rating_items=[tied], kind=Exposure.Kind.MACHINE)
    gold.adjudicate(
        rating_item=tied, level_key="no", adjudicator=owner, reason_tag="ambiguous", note="loud in the middle"
    )
    path = tmp_path / "gold.csv"
    exports.export(attribute=closed.definition.attribute, what="gold", path=path)
    rows = {row["item_id"]: row for row in read(path)}
    decided = rows.pop(tied.item.external_id)
    named = ("source", "label", "adjudicator", "saw_machine", "reason", "note", "votes_no", "votes_yes")
    assert [decided[name] for name in named] == [
        "adjudicated", "no", owner.display_name or str(owner.uid), "true", "ambiguous", "loud in the middle", "1", "1",
    ]  # fmt: skip
    assert {(row["adjudicator"], row["saw_machine"]) for row in rows.values()} == {("", "")}
