"""`manage.py prevalence` on bare files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.llm_jobs.commands.calls import Said, command

# 200 golden items, 5,000 more: the worked case of the kernels.
WORKED = "1,1\n" * 50 + "1,0\n" * 10 + "0,1\n" * 20 + "0,0\n" * 120 + ",1\n" * 1900 + ",0\n" * 3100


def run(path: Path, text: str, *words: str, head: str = "label,llm\n") -> Said:
    file = path / "corpus.csv"
    file.write_text(head + text)
    return command("prevalence", str(file), *words)


def test_every_estimator_of_the_worked_case(tmp_path: Path) -> None:
    said = run(tmp_path, WORKED)
    assert said.code == 0
    found = said.out
    assert {name: round(found[name]["value"], 4) for name in ("golden", "rogan_gladen", "ppi", "ppi_plus_plus")} == {
        "golden": 0.3, "rogan_gladen": 0.3434, "ppi": 0.33, "ppi_plus_plus": 0.3178,
    }  # fmt: skip
    assert (found["ppi"]["low"], found["ppi"]["high"]) == pytest.approx((0.27509931, 0.38490069), abs=1e-7)
    assert (found["weighted"], found["recommended"], found["n_corpus"]) == (False, "ppi_plus_plus", 5000)
    assert all(set(found[name]) >= {"value", "low", "high"} for name in ("golden", "rogan_gladen", "ppi", "model"))


def test_words_count_with_their_positive_label(tmp_path: Path) -> None:
    words = WORKED.replace("1", "agrees").replace("0", "disagrees")
    assert run(tmp_path, words, "--positive", "agrees").out["ppi"]["value"] == pytest.approx(0.33)


def test_probabilities_and_inclusion_probabilities_are_used(tmp_path: Path) -> None:
    rows = ["1,1,0.9,0.4", "0,1,0.6,0.4", "0,0,0.2,0.1", "1,0,0.3,0.1"] * 20 + [",1,0.8,", ",0,0.1,"] * 100
    said = run(tmp_path, "\n".join(rows), head="label,llm,probability,inclusion_probability\n")
    assert said.out["weighted"] is True
    assert said.out["golden"]["method"].startswith("Hajek")
    assert "weighted by 1 / inclusion probability" in said.out["ppi"]["method"]
    assert said.out["ppi_plus_plus_probability"]["low"] is not None


def test_items_used_for_tuning_are_left_out(tmp_path: Path) -> None:
    rows = "".join(f"{gold},{llm},{int(i < 60)}\n" for i, (gold, llm) in enumerate([(1, 1), (0, 0)] * 100))
    more = ",1,0\n" * 100 + ",0,1\n" * 50
    said = run(tmp_path, rows + more, "--tuning", "made", head="label,llm,made\n").out
    assert (said["n_tuning"], said["n_golden"], said["n_corpus"]) == (60, 140, 100)


def test_failures_of_the_model_are_counted_and_their_gold_is_kept(tmp_path: Path) -> None:
    said = run(tmp_path, WORKED + "1,\n" * 20 + ",\n" * 5).out
    assert (said["n_without_llm"], said["n_golden"], said["ppi"]["n"]) == (25, 220, 200)


def test_gold_alone_has_no_other_estimate(tmp_path: Path) -> None:
    said = run(tmp_path, "1,1\n0,0\n" * 40).out
    assert (said["ppi"]["value"], said["recommended"]) == (None, "golden")
    assert said["ppi"]["reason"] == "no item without gold has a label of the model"


@pytest.mark.parametrize(
    ("head", "rows", "words", "message"),
    [
        ("label,llm", "No,1", [], "row 2, column 'label': 'No' is neither 1 nor 0"),
        ("label,llm", "1,1\n,nan", [], "row 3, column 'llm': 'nan' is neither 1 nor 0"),
        ("label,llm,probability", "1,1,1.2", [], "row 2, column 'probability': '1.2' is no probability in 0..1"),
        ("label,llm,probability", "1,1,nan", [], "row 2, column 'probability': 'nan' is no probability"),
        ("label,llm,probability", "1,1,0.5\n,0,", [], "row 3, column 'probability': is empty, but other rows have one"),
        ("label,llm,inclusion_probability", "1,1,0", [], "'0' is no probability above 0, up to 1"),
        ("label,llm,inclusion_probability", "1,1,0.5\n0,0,", [], "row 3, column 'inclusion_probability': is empty"),
        ("item_id,label,llm", "i,1,1\ni,0,1", [], "row 3, column 'item_id': 'i' is in row 2 already"),
        ("label,llm", ",1", [], "column 'label' holds no label"),
        ("label,model", "1,1", [], "column 'llm': there is no such column"),
        ("label,llm", "1,1", ["--tuning", "made"], "column 'made': there is no such column"),
        ("label,llm", "1,1", ["--seed", "-1"], "--seed: at least 0"),
    ],
)
def test_bad_input_is_one_error_that_names_the_place(
    tmp_path: Path, head: str, rows: str, words: list[str], message: str
) -> None:
    said = run(tmp_path, rows + "\n", *words, head=head + "\n")
    assert (said.code, said.out) == (2, {})
    assert message in said.err
    assert said.err.strip().count("\n") == 0


def test_a_missing_file() -> None:
    assert "no file /nowhere.csv" in command("prevalence", "/nowhere.csv").err
