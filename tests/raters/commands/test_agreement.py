"""`manage.py agreement`, on files and on sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from attributes.models import Corpus
from tests import factories

HEAD = "item_id,rater_id,label\n"
# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", the four-rater example.
FOUR = [
    "1 1 . 1", "2 2 3 2", "3 3 3 3", "3 3 3 3", "2 2 2 2", "1 2 3 4", "4 4 4 4", "1 1 2 1", "2 2 2 2", ". 5 5 5", ". . 1 1", ". . 3 .",
]  # fmt: skip


def run(capsys: pytest.CaptureFixture[str], *arguments: object, **options: Any) -> dict[str, Any]:
    call_command("agreement", *map(str, arguments), json=True, **options)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    report: dict[str, Any] = json.loads(printed)
    return report


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, **options: Any) -> str:
    with pytest.raises(SystemExit) as left:
        call_command("agreement", *map(str, arguments), json=True, **options)
    assert left.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


@pytest.fixture
def four_raters(tmp_path: Path) -> Path:
    path = tmp_path / "four.csv"
    rows = [
        f"i{i},r{r},{'' if label == '.' else label}\n"
        for i, row in enumerate(FOUR)
        for r, label in enumerate(row.split())
    ]
    path.write_text(HEAD + "".join(rows))
    return path


@pytest.mark.parametrize(
    ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_published_alphas(capsys: pytest.CaptureFixture[str], four_raters: Path, level: str, alpha: float) -> None:
    report = run(capsys, four_raters, level=level)
    assert report["krippendorff_alpha"]["value"] == pytest.approx(alpha, abs=0.0006)
    assert (report["n_items"], report["n_raters"], report["n_labels"]) == (12, 4, 41)
    assert report["levels"] == ["1", "2", "3", "4", "5"]


def test_every_figure_has_its_parts(capsys: pytest.CaptureFixture[str], four_raters: Path) -> None:
    report = run(capsys, four_raters, level="nominal")
    names = [
        "percent_agreement",
        "krippendorff_alpha",
        "fleiss_kappa",
        "gwet_ac1",
        "brennan_prediger",
        "conger_kappa",
        "scott_pi",
    ]
    for name in names:
        assert set(report[name]) == {"value", "se", "low", "high", "method", "n", "reason"}
    assert set(report["cohen_kappa"]) == {"pairs", "n_pairs_left_out"}


def test_undefined_is_null_with_a_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text(HEAD + "i,a,1\n")
    report = run(capsys, path, level="nominal")
    assert report["krippendorff_alpha"]["value"] is None
    assert report["krippendorff_alpha"]["reason"]


def test_named_columns_and_levels(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("clip,who,said\ni,a,low\ni,b,high\nj,a,low\nj,b,low\n")
    report = run(capsys, path, level="ordinal", levels="low,mid,high", item="clip", rater="who", label="said")
    assert report["levels"] == ["low", "mid", "high"]
    assert report["prevalence"] == [0.75, 0.0, 0.25]


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ("i,a,1\ni,a,2\n", {"level": "nominal"}, "row 3: rater 'a' has answered item 'i' in row 2"),
        ("i,a,low\n", {"level": "ordinal"}, "name the ordinal scale with --levels"),
        ("i,a,low\n", {"level": "interval", "levels": "low,high"}, "needs labels that are numbers"),
        (
            "i,a,mid\n",
            {"level": "ordinal", "levels": "low,high"},
            "row 2, column 'label': 'mid' is not one of low,high",
        ),
        ("i,a,\n", {"level": "nominal"}, "no label in it"),
        (",a,1\n", {"level": "nominal"}, "row 2, column 'item_id': is empty"),
        ("i,a,1\n", {}, "--level is needed"),
    ],
)
def test_bad_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, rows: str, options: dict[str, str], message: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(HEAD + rows)
    assert message in fails(capsys, path, **options)


def test_repeats_count_on_request(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "repeats.csv"
    path.write_text(HEAD + "i,a,1\ni,a,2\ni,b,1\n")
    assert run(capsys, path, level="nominal", allow_repeats=True)["n_labels"] == 3


def test_a_missing_file_and_too_many_words(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no file" in fails(capsys, tmp_path / "none.csv", level="nominal")
    assert "give a FILE" in fails(capsys, "a", "b", "c")


def test_a_set(capsys: pytest.CaptureFixture[str], corpus: Corpus) -> None:
    votes = {f"i{i:03}": ["yy", "nn", "yn"][i % 3] for i in range(40)}
    closed = factories.closed_set(corpus, votes)
    report = run(capsys, "clips", "calming")
    assert report["rating_set"] == str(closed.uid)
    assert (report["split"], report["sealed"], report["n_items"], report["version"]) == ("dev", False, 20, 1)
    everything = run(capsys, "clips", "calming", split="all", set=str(closed.uid)[:8], definition=1)
    assert (everything["sealed"], everything["n_items"]) == (True, 36)
    assert run(capsys, "clips", "calming", split="test")["n_items"] == 16


def test_a_set_that_is_not_there(capsys: pytest.CaptureFixture[str], corpus: Corpus) -> None:
    assert "corpus" in fails(capsys, "nowhere", "calming")
    assert "no attribute 'calming'" in fails(capsys, "clips", "calming")
    factories.definition(corpus)
    assert "no golden set" in fails(capsys, "clips", "calming")


def test_an_ordinal_set_is_measured_as_ordinal(capsys: pytest.CaptureFixture[str], corpus: Corpus) -> None:
    factories.items(corpus, 20)
    opened = factories.rating_set(factories.definition(corpus, factories.ENERGETIC), size=20)
    for i, person in enumerate(factories.raters(corpus, 2)):
        factories.rate_all(person, opened, lambda key, i=i: "mild" if int(key[1:]) % 2 else ["none", "lively"][i])
    report = run(capsys, "clips", "energetic")
    assert report["gwet_ac2"]["value"] is not None
    assert len(report["prevalence"]) == 4
