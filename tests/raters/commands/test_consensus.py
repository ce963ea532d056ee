"""`manage.py consensus`, on bare files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from attributes.models import Corpus
from tests.labelhub import builders

HEAD = "item_id,rater_id,label\n"
VOTES = "a,x,1\na,y,1\na,z,0\nb,x,1\nb,y,0\nc,x,0\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: object, **options: Any) -> dict[str, Any]:
    call_command("consensus", *map(str, arguments), json=True, **options)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    report: dict[str, Any] = json.loads(printed, parse_constant=pytest.fail)
    return report


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, **options: Any) -> str:
    with pytest.raises(SystemExit) as left:
        call_command("consensus", *map(str, arguments), json=True, **options)
    assert left.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def write(folder: Path, rows: str, head: str = HEAD) -> Path:
    path = folder / "votes.csv"
    path.write_text(head + rows)
    return path


def test_majority_with_visible_ties(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = run(capsys, write(tmp_path, VOTES))
    assert (report["method"], report["levels"], report["n_items"], report["n_ties"]) == ("majority", ["0", "1"], 3, 1)
    a, b, c = report["items"]
    assert (a["item_id"], a["label"], a["n_labels"]) == ("a", "1", 3)
    assert a["distribution"] == pytest.approx({"0": 1 / 3, "1": 2 / 3})
    assert (b["label"], b["tie"], b["tied"]) == (None, True, ["0", "1"])
    assert (c["label"], c["tied"], c["distribution"]) == ("0", [], {"0": 1.0, "1": 0.0})


def test_dawid_skene(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The one who is always against the other two is no help; his errors are shown."""
    rows = "".join(
        f"i{i},good,{i % 2}\ni{i},fair,{i % 2 if i % 5 else 1 - i % 2}\ni{i},against,{1 - i % 2}\n" for i in range(60)
    )
    report = run(capsys, write(tmp_path, rows), method="dawid_skene")
    assert [item["label"] for item in report["items"]] == [str(i % 2) for i in range(60)]
    assert report["prior"] == pytest.approx({"0": 0.5, "1": 0.5}, abs=0.01)
    assert report["confusion"]["good"] == [pytest.approx([1, 0], abs=1e-3), pytest.approx([0, 1], abs=1e-3)]
    assert report["confusion"]["against"][0] == pytest.approx([0, 1], abs=1e-3)
    assert report["converged"] is True
    assert report["warnings"] == []
    first = report["items"][0]
    assert first["votes"] == pytest.approx({"0": 1 / 3, "1": 2 / 3})
    assert first["distribution"]["0"] == pytest.approx(1, abs=1e-3)


def test_few_ratings_are_warned_of(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = run(capsys, write(tmp_path, VOTES), method="dawid_skene")
    assert any("few ratings" in line for line in report["warnings"])


def test_a_level_that_nobody_chose_stands_in_the_distribution(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    report = run(capsys, write(tmp_path, "a,x,low\na,y,low\n"), levels="low,mid,high")
    assert report["items"][0]["distribution"] == {"low": 1.0, "mid": 0.0, "high": 0.0}


@pytest.mark.parametrize("method", ["majority", "dawid_skene"])
@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("a,x,1\na,x,0\n", {}, "votes.csv: row 3: rater 'x' has answered item 'a' in row 2 already"),
        ("a,x,1\na,y,No\n", {}, "votes.csv: row 3, column 'label': 'No' is no number, unlike the other labels"),
        ("a,x,yes\na,y,no\na,z,1\n", {}, "votes.csv: row 4, column 'label': '1' is a number, unlike the other labels"),
        ("a,x,1\na,y,NaN\n", {}, "votes.csv: row 3, column 'label': 'NaN' is no label"),
        ("a,x,2\n", {"levels": "0,1"}, "votes.csv: row 2, column 'label': '2' is not one of 0,1"),
        ("a,,1\n", {}, "votes.csv: row 2, column 'rater_id': is empty"),
        ("a,x,\n", {}, "votes.csv: no label in it"),
    ],
)
def test_bad_files(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    rows: str,
    options: dict[str, str],
    message: str,
    method: str,
) -> None:
    assert fails(capsys, write(tmp_path, rows), method=method, **options).startswith(message)


def test_a_word_among_numbers_can_be_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = run(capsys, write(tmp_path, "a,x,1\na,y,No\na,z,No\n"), levels="1,No")
    assert report["items"][0]["label"] == "No"


def test_a_missing_file_and_a_missing_column(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no file" in fails(capsys, tmp_path / "none.csv")
    assert "rater_id" in fails(capsys, write(tmp_path, "a,1\n", "item_id,label\n"))


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["majority", "dawid_skene"])
def test_of_a_golden_set(capsys: pytest.CaptureFixture[str], corpus: Corpus, method: str) -> None:
    rated = builders.rated_set(corpus, raters=5)
    report = run(capsys, "clips", "calming", method=method)
    assert (report["rating_set"], report["method"], report["gold_by"]) == (str(rated.uid), method, "majority")
    assert (report["levels"], report["n_items"], report["n_labels"], report["n_sealed"]) == (["no", "yes"], 30, 150, 0)
    assert [item["label"] for item in report["items"][:2]] == ["yes", "no"]
    assert report.get("refusal") is None
    assert ("confusion" in report) == (method == "dawid_skene")


@pytest.mark.django_db
def test_a_sealed_test_is_counted_and_not_listed(capsys: pytest.CaptureFixture[str], corpus: Corpus) -> None:
    builders.rated_set(corpus, raters=3)
    report = run(capsys, "clips", "calming", split="all", method="dawid_skene")
    assert (report["n_items"], report["n_sealed"], len(report["items"])) == (40, 10, 30)
    assert report["refusal"].startswith("few ratings: a median of 3 an item")


@pytest.mark.django_db
def test_an_unknown_attribute(capsys: pytest.CaptureFixture[str], corpus: Corpus) -> None:
    assert "loud" in fails(capsys, "clips", "loud")
    assert "give a FILE, or CORPUS ATTRIBUTE" in fails(capsys, "a", "b", "c")
