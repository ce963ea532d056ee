import json
from pathlib import Path

import pytest
import yaml

from attributes.domain import definitions
from attributes.models import Attribute, Corpus, Definition
from attributes.schema import parse_spec
from tests.factories import CALMING, ENERGETIC

from .conftest import Run


@pytest.mark.parametrize("name", ["calming.yaml", "calming.json"])
def test_it_publishes_and_then_finds_nothing_changed(corpus: Corpus, run: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(json.dumps(CALMING) if name.endswith("json") else yaml.safe_dump(CALMING))
    code, result, _ = run("import_definition", "clips", path, "--note", "First")
    published = Definition.objects.get()
    told = {
        "attribute": "calming",
        "version": 1,
        "hash": parse_spec(CALMING).hash,
        "definition": str(published.uid),
    }
    assert (code, result) == (0, told | {"changed": True})
    assert published.note == "First"
    assert run("import_definition", "clips", path)[:2] == (0, told | {"changed": False})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"attribute: calming\n", "definition: question: is empty"),
        (b"a: [", "d.yaml: "),
        (b"\xff", "d.yaml: byte 0: not UTF-8"),
        (b"question: q\nattribute: new\n", "choose another"),
    ],
)
def test_bad_input_changes_nothing(corpus: Corpus, run: Run, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(content)
    code, result, said = run("import_definition", "clips", path)
    assert (code, result) == (2, None)
    assert message in said
    assert not Attribute.objects.exists()


def test_a_missing_file_or_corpus(corpus: Corpus, run: Run, tmp_path: Path) -> None:
    assert run("import_definition", "clips", tmp_path / "no.yaml")[0] == 2
    path = tmp_path / "d.yaml"
    path.write_text(yaml.safe_dump(CALMING))
    code, _, said = run("import_definition", "films", path)
    assert (code, said) == (2, "no corpus 'films' (there are: clips)\n")


def test_levels_with_answers_are_refused(corpus: Corpus, run: Run, tmp_path: Path) -> None:
    published, _ = definitions.import_definition(corpus=corpus, spec=parse_spec(ENERGETIC))
    definitions.lock_levels(published.attribute)
    path = tmp_path / "d.yaml"
    path.write_text(yaml.safe_dump({**ENERGETIC, "levels": ["low", "high"]}))
    code, result, said = run("import_definition", "clips", path)
    assert (code, result) == (3, None)
    assert said == "refused: energetic has answers: its scale stays ordinal with levels none, mild, lively, intense\n"
    assert Definition.objects.count() == 1
