"""Labels made elsewhere: all of the file or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from attributes.models import Corpus, Definition
from labelhub.lib.errors import BadInput
from llm_jobs.domain.imports import AnnotationColumns, ImportedAnnotations, import_annotations
from llm_jobs.models import Annotation, Annotator, Run
from tests import factories

MOOD = {"attribute": "mood", "scale": "nominal", "levels": ["sad", "flat", "glad"], "question": "Which mood?"}


@pytest.fixture
def definition(corpus: Corpus) -> Definition:
    factories.items(corpus, 5)
    return factories.definition(corpus)


def bring(definition: Definition, folder: Path, text: str | bytes, **columns: object) -> ImportedAnnotations:
    path = folder / "labels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_annotations(
        attribute=definition.attribute,
        path=path,
        annotator="outside",
        columns=AnnotationColumns(**columns),  # type: ignore[arg-type]
    )


def test_labels_failures_and_repeated_rows(definition: Definition, tmp_path: Path) -> None:
    text = "item_id,label,junk\ni000,yes,1\ni001,no,2\ni000,yes,3\ni002,,4\n"
    result = bring(definition, tmp_path, text)
    assert (result.n, result.failed, result.run.state) == (3, 1, Run.State.DONE)
    found = Annotation.objects.values_list("item__external_id", "level__key", "failure_code", "p").order_by("item")
    assert list(found) == [("i000", "yes", "", None), ("i001", "no", "", None), ("i002", None, "empty", None)]
    assert result.run.annotator.backend == Annotator.Backend.IMPORTED


@pytest.mark.parametrize(
    ("columns", "rows", "expected"),
    [
        ({"probability": "p"}, "i000,yes,0.8\ni001,no,0.3", [[0.2, 0.8], [0.7, 0.3]]),
        ({"confidence": "p"}, "i000,yes,0.8\ni001,no,0.9", [[0.2, 0.8], [0.9, 0.1]]),
    ],
)
def test_probabilities_of_a_binary_scale(
    definition: Definition, tmp_path: Path, columns: dict[str, str], rows: str, expected: list[list[float]]
) -> None:
    bring(definition, tmp_path, f"item_id,label,p\n{rows}\n", **columns)
    found = list(Annotation.objects.order_by("item").values_list("p", flat=True))
    assert found == [pytest.approx(p) for p in expected]


def test_probabilities_of_several_levels(corpus: Corpus, tmp_path: Path) -> None:
    factories.items(corpus, 2)
    mood = factories.definition(corpus, MOOD)
    text = "item_id,label,s,f,g,c\ni000,glad,0.1,0.2,0.7,0.6\ni001,sad,0.5,0.25,0.25,0.4\n"
    bring(mood, tmp_path, text, probabilities={"glad": "g", "sad": "s", "flat": "f"})
    assert list(Annotation.objects.order_by("pk").values_list("p", flat=True)) == [[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]
    bring(mood, tmp_path, text, confidence="c")
    assert Annotation.objects.order_by("-pk").first().p == pytest.approx([0.4, 0.3, 0.3])  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("item_id,label\ni000,maybe\n", {}, r"row 2, column 'label': 'maybe' is not a level \(no, yes\)"),
        ("item_id,label\ni000,yes\nnobody,yes\n", {}, "row 3, column 'item_id': no item 'nobody' in this corpus"),
        (
            "item_id,label\ni000,yes\ni000,no\n",
            {},
            "row 3, column 'label': item 'i000' is 'no' here and 'yes' in row 2",
        ),
        ("item_id,label\n,yes\n", {}, "row 2, column 'item_id': is empty"),
        ("item_id,label\n", {}, "no label in it"),
        ("item_id,other\ni000,yes\n", {}, "label"),
        (b"item_id,label\ni000,\xff\xfe\n", {}, "UTF-8"),
        (
            "item_id,label,p\ni000,yes,1.5\n",
            {"probability": "p"},
            "row 2, column 'p': '1.5' is not a number from 0 to 1",
        ),
        ("item_id,label,p\ni000,yes,nan\n", {"probability": "p"}, "'nan' is not a number from 0 to 1"),
        ("item_id,label,p\ni000,yes,\n", {"confidence": "p"}, "is not a number from 0 to 1"),
        ("item_id,label,a,b\ni000,yes,.5,.2\n", {"probabilities": {"no": "a", "yes": "b"}}, "sum to 0.700, not to 1"),
        ("item_id,label,a\ni000,yes,1\n", {"probabilities": {"maybe": "a"}}, "maybe is no level"),
        ("item_id,label,a\ni000,yes,1\n", {"probability": "a", "confidence": "a"}, "give one of"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    definition: Definition, tmp_path: Path, text: str | bytes, columns: dict[str, object], message: str
) -> None:
    with pytest.raises(BadInput, match=message):
        bring(definition, tmp_path, text, **columns)
    assert (Run.objects.count(), Annotation.objects.count()) == (0, 0)


def test_a_binary_probability_of_another_scale_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    factories.items(corpus, 1)
    with pytest.raises(BadInput, match="for binary scales; mood is nominal"):
        bring(factories.definition(corpus, MOOD), tmp_path, "item_id,label,p\ni000,sad,1\n", probability="p")


@pytest.mark.parametrize("name", ["local", "claude", "claude-haiku-5-5", " "])
def test_the_products_own_names_are_taken(definition: Definition, tmp_path: Path, name: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("item_id,label\ni000,yes\n")
    with pytest.raises(BadInput, match="is taken"):
        import_annotations(attribute=definition.attribute, path=path, annotator=name, columns=AnnotationColumns())
