"""`manage.py calibrate`, on bare files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command


def run(capsys: pytest.CaptureFixture[str], *arguments: object, **options: Any) -> dict[str, Any]:
    call_command("calibrate", *map(str, arguments), json=True, **options)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    report: dict[str, Any] = json.loads(printed, parse_constant=pytest.fail)
    return report


def fails(capsys: pytest.CaptureFixture[str], *arguments: object, **options: Any) -> str:
    with pytest.raises(SystemExit) as left:
        call_command("calibrate", *map(str, arguments), json=True, **options)
    assert left.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    return captured.err


def write(folder: Path, rows: str, head: str = "score,label\n") -> Path:
    path = folder / "scores.csv"
    path.write_text(head + rows)
    return path


def sure_of_itself(n: int = 240) -> list[tuple[float, int]]:
    rng = np.random.default_rng(0)
    z = rng.normal(0, 1, n)
    labels = rng.random(n) < 1 / (1 + np.exp(-z))
    return [(round(1 / (1 + np.exp(-3 * value)), 2), int(label)) for value, label in zip(z, labels, strict=True)]


@pytest.fixture
def scores(tmp_path: Path) -> Path:
    return write(tmp_path, "".join(f"{score},{label}\n" for score, label in sure_of_itself()))


def test_every_method_is_judged_and_one_is_chosen(capsys: pytest.CaptureFixture[str], scores: Path) -> None:
    report = run(capsys, scores)
    assert list(report["methods"]) == ["raw", "platt", "beta", "isotonic", "venn_abers"]
    assert (report["n"], report["chosen"] in {"platt", "beta", "venn_abers"}) == (240, True)
    for method in report["methods"].values():
        assert set(method) == {"log_loss", "brier", "ece_equal_width", "ece_equal_mass", "why_not"}
        for name in ("ece_equal_width", "ece_equal_mass"):
            band = [method[name][f"null_{part}"] for part in ("low", "mean", "high")]
            assert band == sorted(band)
    chosen = report["methods"][report["chosen"]]
    assert chosen["brier"]["value"] < report["methods"]["raw"]["brier"]["value"]
    assert report["methods"]["isotonic"]["why_not"] == "needs 1000 items"
    assert sum(row["n"] for row in report["reliability"]) == 240


def test_the_same_file_gives_the_same_report(capsys: pytest.CaptureFixture[str], scores: Path) -> None:
    assert run(capsys, scores) == run(capsys, scores)


def test_an_infinite_loss_is_null_with_a_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = "1,0\n0,1\n" * 15
    loss = run(capsys, write(tmp_path, rows))["methods"]["raw"]["log_loss"]
    assert loss["value"] is None
    assert loss["reason"] == "infinite: 30 items have a label that was given probability 0"


def test_too_few_of_a_label_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = run(capsys, write(tmp_path, "0.9,1\n0.8,1\n0.2,0\n"))
    assert (report["chosen"], report["methods"], report["reliability"]) == (None, {}, [])
    assert report["reason"] == "no calibrator: 2 positive and 1 negative items, it needs 10 of each"


def test_rows_without_a_label_or_a_score_are_counted(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = run(capsys, write(tmp_path, "0.9,1\n0.8,\n,0\n,1\n"))
    assert (report["n"], report["n_without_label"], report["n_without_score"]) == (1, 1, 2)


def test_named_columns_and_groups(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = "".join(f"v{i // 8},{score},{label}.0\n" for i, (score, label) in enumerate(sure_of_itself()))
    path = write(tmp_path, rows, "video,p,gold\n")
    report = run(capsys, path, score="p", label="gold", group="video")
    assert report["chosen"] is not None
    assert report["methods"]["platt"] != run(capsys, path, score="p", label="gold")["methods"]["platt"]


@pytest.mark.parametrize(
    ("rows", "head", "message"),
    [
        ("0.5,1\n1.2,0\n", "score,label\n", "row 3, column 'score': '1.2' is no probability in 0..1"),
        ("-0.1,1\n", "score,label\n", "row 2, column 'score': '-0.1' is no probability in 0..1"),
        ("nan,1\n", "score,label\n", "row 2, column 'score': 'nan' is no probability in 0..1"),
        ("high,1\n", "score,label\n", "row 2, column 'score': 'high' is no probability in 0..1"),
        ("0.5,No\n", "score,label\n", "row 2, column 'label': 'No' is neither 1 nor 0"),
        (",No\n", "score,label\n", "row 2, column 'label': 'No' is neither 1 nor 0"),
        ("0.5,2\n", "score,label\n", "row 2, column 'label': '2' is neither 1 nor 0"),
        ("a,0.5,1\na,0.5,1\n", "item_id,score,label\n", "row 3, column 'item_id': 'a' is in row 2 already"),
        (",0.5,1\n", "item_id,score,label\n", "row 2, column 'item_id': is empty"),
        ("0.5,\n", "score,label\n", "no row holds both a score and a label"),
    ],
)
def test_bad_files(capsys: pytest.CaptureFixture[str], tmp_path: Path, rows: str, head: str, message: str) -> None:
    assert fails(capsys, write(tmp_path, rows, head)).strip() == f"scores.csv: {message}"


def test_what_cannot_be_folded_or_found(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "no file" in fails(capsys, tmp_path / "none.csv")
    assert "needs two" in fails(capsys, write(tmp_path, "v,0.5,1\nv,0.5,0\n", "g,score,label\n"), group="g")
    assert "label" in fails(capsys, write(tmp_path, "0.5\n", "score\n"))
