"""`manage.py evaluate` on bare files; on the database it is tested beside its domain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.llm_jobs.commands.calls import Said, command

HEAD = "item_id,rater_id,label,m,n,gold\n"
# Three raters on three items, two on the fourth; machine m always has the majority, n says no to all but the last.
ROWS = """i0,A,yes,yes,no,yes
i0,B,yes,yes,no,yes
i0,C,yes,yes,no,yes
i1,A,yes,yes,no,yes
i1,B,yes,yes,no,yes
i1,C,no,yes,no,yes
i2,A,no,no,no,no
i2,B,no,no,no,no
i2,C,yes,no,no,no
i3,A,yes,,yes,
i3,B,no,,yes,
"""


def run(path: Path, rows: str, *words: str) -> Said:
    file = path / "ratings.csv"
    file.write_text(HEAD + rows)
    return command("evaluate", str(file), *words)


def test_every_machine_and_rater_is_held_against_the_others(tmp_path: Path) -> None:
    said = run(tmp_path, ROWS, "--llm", "m", "--llm", "n")
    assert said.code == 0
    assert (said.out["scale"], said.out["positive"], said.out["reference"]) == ("binary", "yes", "leave_one_out")
    rows = {row["name"]: row for row in said.out["annotators"]}
    # m on three items: yes-yes 5, no-yes 1, yes-no 1, no-no 2 over nine pairs.
    assert rows["m"]["f1"]["value"] == pytest.approx(5 / 6)
    assert (rows["m"]["n_items"], rows["m"]["n_failed"], rows["n"]["n_items"]) == (3, 1, 4)
    assert {row["name"] for row in said.out["raters"]} == {"A", "B", "C"}
    (duel,) = said.out["duels"]
    assert (duel["name"], duel["rival"], duel["mcnemar"]["b"], duel["mcnemar"]["n"]) == ("m", "n", 2, 3)
    assert set(said.out["pairwise"]) == {"m", "n"}


def test_gold_that_no_rater_gave_is_a_reference_too(tmp_path: Path) -> None:
    said = run(tmp_path, ROWS, "--llm", "n", "--gold", "gold", "--reference", "adjudicated").out
    assert said["reference"] == "adjudicated"
    assert said["annotators"][0]["recall"]["value"] == 0
    assert said["annotators"][0]["n_pairs"] == 3


def test_an_ordinal_scale_has_distances(tmp_path: Path) -> None:
    rows = "i,A,1,2,,\ni,B,1,2,,\nj,A,2,1,,\nj,B,2,1,,\n"
    said = run(tmp_path, rows, "--llm", "m", "--scale", "ordinal", "--levels", "1,2,3").out
    (row,) = said["annotators"]
    assert (row["mae"]["value"], row["within_one"]["value"], row["accuracy"]["value"]) == (1, 1, 0)
    assert said["levels"] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "--llm is needed for a file"),
        (["--llm", "m", "--gold", "gold"], "--gold and --reference adjudicated belong together"),
        (["--llm", "m", "--reference", "adjudicated"], "--gold and --reference adjudicated belong together"),
        (["--llm", "gold", "--gold", "gold", "--reference", "adjudicated"], "which is not that of --gold"),
        (["--llm", "m", "--positive", "maybe"], "--positive 'maybe': the levels are no, yes"),
        (["--llm", "m", "--scale", "nominal", "--positive", "yes"], "--positive is for binary scales"),
        (["--llm", "m", "--levels", "a,b"], "row 2, column 'label': 'yes' is not one of a,b"),
        (["--llm", "m", "--levels", "no,maybe,yes", "--scale", "binary"], "a binary scale has two levels"),
        (["--llm", "q"], "column 'q': there is no such column"),
    ],
)
def test_bad_input_is_one_error_that_names_the_place(tmp_path: Path, words: list[str], message: str) -> None:
    said = run(tmp_path, ROWS, *words)
    assert (said.code, said.out) == (2, {})
    assert message in said.err


def test_one_or_two_words_name_what_is_meant(tmp_path: Path) -> None:
    assert "give a FILE, or CORPUS ATTRIBUTE" in command("evaluate", "a", "b", "c", "--llm", "m").err
    assert "no file /nowhere.csv" in command("evaluate", "/nowhere.csv", "--llm", "m").err
