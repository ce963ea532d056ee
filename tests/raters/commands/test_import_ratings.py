"""`manage.py import_ratings`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from attributes.models import Corpus
from raters.models import RatingSet
from tests import factories


@pytest.fixture
def file(corpus: Corpus, tmp_path: Path) -> Path:
    factories.items(corpus, 2)
    factories.definition(corpus)
    path = tmp_path / "ratings.csv"
    path.write_text("item_id,rater_id,label,kind,p\ni000__x,a,yes,k,0.5\ni000__x,b,unsure,k,0.5\ni001__y,a,no,k,1\n")
    return path


def test_it_prints_what_it_made(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    call_command(
        "import_ratings", "clips", "calming", str(file), "--json", "--item-suffix", "__x", "--pi", "p",
        "--cannot-tell", "unsure", "--where", "kind=k", "--name", "outside",
    )  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    made = RatingSet.objects.get()
    assert report == {
        "rating_set": str(made.uid), "name": "outside", "content_hash": made.content_hash,
        "definition": made.definition.hash, "n_items": 1, "n_raters": 2, "n_ratings": 2, "missing": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "calming"], "nowhere"),
        (["clips", "loud"], "no attribute 'loud'"),
        (["clips", "calming"], "row 3, column 'label': 'unsure' is not a level"),
        (["clips", "calming", "--where", "kind"], "write COLUMN=VALUE"),
    ],
)
def test_bad_input_is_exit_2_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], file: Path, arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as left:
        call_command("import_ratings", *arguments[:2], str(file), *arguments[2:])
    captured = capsys.readouterr()
    assert left.value.code == 2
    assert message in captured.err
    assert RatingSet.objects.count() == 0


def test_a_missing_file(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    with pytest.raises(SystemExit) as left:
        call_command("import_ratings", "clips", "calming", str(file.with_name("none.csv")))
    assert (left.value.code, "no file" in capsys.readouterr().err) == (2, True)
