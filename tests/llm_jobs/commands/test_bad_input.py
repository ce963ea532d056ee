"""What no statistics command may turn into a number: a named reason, or an error with its row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.llm_jobs.commands.calls import Said, command

RATED = "item_id,rater_id,label\n"
CONTEST = "item_id,rater_id,label,llm\n"
READERS: dict[str, tuple[str, str, list[str]]] = {
    # command: head, a good row with places for item, rater and label, options
    "agreement": (RATED, "{item},{rater},{label}\n", ["--level", "nominal"]),
    "consensus": (RATED, "{item},{rater},{label}\n", []),
    "alt_test": (CONTEST, "{item},{rater},{label},1\n", ["--llm", "llm"]),
    "calibrate": ("item_id,score,label\n", "{item},0.5,{label}\n", []),
    "prevalence": ("item_id,label,llm\n", "{item},{label},1\n", []),
}


def said(folder: Path, name: str, *rows: tuple[str, str, str]) -> Said:
    head, row, words = READERS[name]
    file = folder / "given.csv"
    body = "".join(row.format(item=item, rater=rater, label=label) for item, rater, label in rows)
    file.write_text(head + body)
    return command(name, str(file), *words)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize("label", ["No", "nan", "NaN"])
def test_a_label_that_is_none_is_an_error_with_its_row(tmp_path: Path, name: str, label: str) -> None:
    found = said(tmp_path, name, ("i", "a", "1"), ("j", "a", "0"), ("k", "a", label))
    assert (found.code, found.out) == (2, {})
    assert f"given.csv: row 4, column 'label': {label!r}" in found.err


@pytest.mark.parametrize("name", READERS)
def test_a_second_answer_is_an_error_with_its_row(tmp_path: Path, name: str) -> None:
    found = said(tmp_path, name, ("i", "a", "1"), ("j", "a", "0"), ("i", "a", "1"))
    assert (found.code, found.out) == (2, {})
    assert "given.csv: row 4" in found.err
    assert "in row 2 already" in found.err


CONSTANT = [(f"i{k}", rater, "1") for k in range(40) for rater in "ab"]
ALONE = [(f"i{k}", "a", str(k % 2)) for k in range(40)]
APART = [(f"i{k}", "ab"[k % 2], str(k % 3 % 2)) for k in range(40)]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (CONSTANT, "no variation: the scale has a single level"),
        (ALONE, "a single rater: agreement needs two"),
        (APART, "no item has two ratings"),
    ],
)
def test_what_has_no_agreement_says_why(tmp_path: Path, rows: list[tuple[str, str, str]], reason: str) -> None:
    found = said(tmp_path, "agreement", *rows).out
    assert (found["krippendorff_alpha"]["value"], found["krippendorff_alpha"]["reason"]) == (None, reason)
    assert figures_without_a_reason(found) == []


@pytest.mark.parametrize("rows", [CONSTANT, ALONE, APART])
def test_what_cannot_be_tested_says_why(tmp_path: Path, rows: list[tuple[str, str, str]]) -> None:
    found = said(tmp_path, "alt_test", *rows).out
    if rows is CONSTANT:
        assert "nothing is tested" in str(found["verdict"])
    else:
        assert (found["winning_rate"], found["reason"]) == (
            None,
            "no item has ratings of two raters and a label of the model",
        )


def test_golden_items_of_one_kind_and_scores_of_one_label_say_why(tmp_path: Path) -> None:
    once = [(item, rater, label) for item, rater, label in CONSTANT if rater == "a"]
    prevalence = said(tmp_path, "prevalence", *once, *((f"j{k}", "a", "") for k in range(20))).out
    assert prevalence["rogan_gladen"]["reason"] == "the golden items are all of one kind"
    assert prevalence["ppi"]["low"] is None
    assert figures_without_a_reason(prevalence) == []
    calibrated = said(tmp_path, "calibrate", *once).out
    assert calibrated["chosen"] is None
    assert calibrated["reason"].startswith("no calibrator: 40 positive and 0 negative items")


def test_an_unseen_level_counts_where_it_is_declared(tmp_path: Path) -> None:
    head, _, _ = READERS["agreement"]
    file = tmp_path / "given.csv"
    file.write_text(head + "i,a,low\ni,b,low\nj,a,high\nj,b,low\n")
    two, three = (
        command("agreement", str(file), "--level", "nominal", "--levels", levels).out
        for levels in ("low,high", "low,mid,high")
    )
    assert (two["prevalence"], three["prevalence"]) == ([0.75, 0.25], [0.75, 0.0, 0.25])
    assert two["gwet_ac1"]["value"] != three["gwet_ac1"]["value"]
    assert two["krippendorff_alpha"]["value"] == three["krippendorff_alpha"]["value"]


def figures_without_a_reason(found: Any, name: str = "") -> list[str]:
    """Names of figures that are null, or have no interval, and do not say why."""
    if isinstance(found, list):
        return [bad for part in found for bad in figures_without_a_reason(part, name)]
    if not isinstance(found, dict):
        return []
    bad = [bad for key, part in found.items() for bad in figures_without_a_reason(part, f"{name}.{key}")]
    silent = (
        {"value", "low", "reason"} <= found.keys() and None in (found["value"], found["low"]) and not found["reason"]
    )
    return [*bad, name] if silent else bad
