"""`manage.py alt_test` on bare files."""

from __future__ import annotations

from pathlib import Path

import pytest

from attributes.models import Corpus
from raters.models import Look
from tests.labelhub import builders
from tests.llm_jobs.commands.calls import Said, command
from tests.raters.stats.simulated import panel

HEAD = "item_id,rater_id,label,llm\n"
DATA = Path(__file__).parents[3] / "../shared/data"


def run(path: Path, rows: str, *words: str) -> Said:
    file = path / "ratings.csv"
    file.write_text(HEAD + rows)
    return command("alt_test", str(file), "--llm", "llm", *words)


def simulated(names: list[str], **options: float) -> str:
    ratings, model = panel(0, 80, **options)
    cells = zip(ratings.item, ratings.rater, ratings.level, strict=True)
    return "".join(f"i{item},r{rater},{names[level]},{names[model[item]]}\n" for item, rater, level in cells)


def test_it_needs_no_database_and_prints_the_whole_test(tmp_path: Path) -> None:
    said = run(tmp_path, simulated(["0", "1"], model=0.85), "--epsilon", "0.15")
    assert said.code == 0
    assert {"winning_rate", "advantage_prob", "passed", "curve", "raters", "verdict"} <= set(said.out)
    assert (said.out["winning_rate"], said.out["passed"], said.out["epsilon"]) == (1.0, True, 0.15)
    assert [point["epsilon"] for point in said.out["curve"]] == pytest.approx([k / 20 for k in range(11)])
    assert said.out["verdict"]["conclusion"] == "passed"


def test_words_and_numbers_give_the_same_test(tmp_path: Path) -> None:
    numbers, words = (run(tmp_path, simulated(names)).out for names in (["0", "1.0"], ["no", "yes"]))
    assert numbers["winning_rate"] == words["winning_rate"]
    assert numbers["raters"] == words["raters"]
    assert (numbers["levels"], words["levels"]) == (["0", "1"], ["no", "yes"])


def test_distances_need_numbers_or_a_declared_scale(tmp_path: Path) -> None:
    rows = simulated(["low", "mid", "high"], q=3)
    said = run(tmp_path, rows, "--score", "neg_rmse")
    assert (said.code, "is not a number (--levels names a scale of words)" in said.err) == (2, True)
    said = run(tmp_path, rows, "--score", "neg_rmse", "--levels", "low,mid,high")
    assert (said.out["score"], said.out["levels"]) == ("neg_rmse", ["low", "mid", "high"])


def test_too_little_is_no_number_but_a_reason(tmp_path: Path) -> None:
    said = run(tmp_path, "i,a,1,1\ni,b,0,\nj,a,1,\nj,b,0,\n")
    assert said.code == 0
    assert (said.out["winning_rate"], said.out["passed"], said.out["curve"]) == (None, None, [])
    assert said.out["reason"].startswith("no rater has 30 items")
    assert said.out["verdict"]["conclusion"] == "not_enough_data"
    assert said.out["n_items_without_llm"] == 1


def test_a_level_that_only_the_model_uses_is_named(tmp_path: Path) -> None:
    assert run(tmp_path, "i,a,x,x\ni,b,x,x\nj,a,x,odd\n").out["levels_of_the_model_only"] == ["odd"]


@pytest.mark.parametrize(
    ("rows", "words", "message"),
    [
        ("i,a,1,1\ni,a,0,1\n", [], "row 3: rater 'a' has answered item 'i' in row 2 already"),
        ("i,a,1,1\ni,b,0,0\n", [], "row 3, column 'llm': item 'i' has '0' here and '1' in row 2"),
        ("i,a,1,1\ni,b,No,1\nj,a,0,1\n", [], "row 3, column 'label': 'No' is no number, unlike the other labels"),
        (
            "i,a,1,refused\ni,b,0,\nj,a,0,1\n",
            [],
            "row 2, column 'llm': 'refused' is no number, unlike the other labels",
        ),
        ("i,a,x,x\ni,b,nan,\n", [], "row 3, column 'label': 'nan' is no label"),
        ("i,a,yes,1\ni,b,no,1\n", [], "row 2, column 'llm': '1': no label of the model is one of the raters'"),
        ("i,a,yes,yes\n", ["--levels", "no,maybe"], "row 2, column 'label': 'yes' is not one of no,maybe"),
        ("i,a,2,1\n", ["--levels", "2,1"], "--levels must rise"),
        ("i,a,1,1\n", ["--levels", "1,1"], "--levels needs two levels or more"),
        ("i,,1,1\n", [], "row 2, column 'rater_id': is empty"),
        ("i,a,1,\n", [], "column 'llm' holds no label"),
        ("i,a,,1\n", [], "no label in it"),
        ("i,a,1,1\n", ["--epsilon", "1.5"], "--epsilon lies in 0..1"),
        ("i,a,1,1\n", ["--epsilon", "nan"], "--epsilon lies in 0..1"),
        ("i,a,1,1\n", ["--q", "0"], "--q lies between"),
        ("i,a,1,1\n", ["--min-items", "1"], "--min-items: at least 2"),
        ("i,a,1,1\n", ["--label", "said"], "column 'said': there is no such column"),
    ],
)
def test_bad_input_is_one_error_that_names_the_place(tmp_path: Path, rows: str, words: list[str], message: str) -> None:
    said = run(tmp_path, rows, *words)
    assert (said.code, said.out) == (2, {})
    assert message in said.err
    assert said.err.strip().count("\n") == 0


def test_a_missing_file() -> None:
    assert "no file /nowhere.csv" in command("alt_test", "/nowhere.csv", "--llm", "llm").err


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}")
@pytest.mark.parametrize(
    ("file", "llm", "score", "epsilon", "winning_rate", "advantage"),
    [
        ("wax", "llm_gpt-4o", "accuracy", 0.1, 0.50, 0.73),
        ("mtbench", "llm_gpt-4o", "accuracy", 0.2, 0.00, 0.77),
        ("cebab_aspects", "llm_gpt-4o", "accuracy", 0.1, 0.90, 0.93),
        ("cebab_stars", "llm_gpt-4o", "neg_rmse", 0.1, 0.90, 0.90),
        ("lesion", "llm_gemini_pro", "neg_rmse", 0.15, 1.00, 0.81),
        ("10k_prompts", "llm_gpt-4o", "neg_rmse", 0.15, 0.69, 0.76),
        ("summeval", "llm_mistral-v03", "neg_rmse", 0.2, 0.00, 0.62),
    ],
)
def test_published_winning_rates(
    file: str, llm: str, score: str, epsilon: float, winning_rate: float, advantage: float
) -> None:
    """Calderon, Reichart and Dror (2025), as their notebook prints them."""
    said = command(
        "alt_test", str(DATA / f"alttest_{file}.csv"), "--llm", llm, "--score", score, "--epsilon", str(epsilon)
    )
    assert round(said.out["winning_rate"], 2) == winning_rate
    assert round(said.out["advantage_prob"], 2) == advantage


@pytest.mark.real_data
@pytest.mark.skipif(not DATA.is_dir(), reason=f"no data at {DATA}")
def test_labels_that_are_not_the_models_are_refused_and_the_right_column_is_taken() -> None:
    file = str(DATA / "gwsd_stance_llm.csv")
    assert "no label of the model is one of the raters'" in command("alt_test", file, "--llm", "llm_label").err
    said = command("alt_test", file, "--llm", "llm_label", "--label", "label_agree").out
    assert (said["winning_rate"], said["n_raters"], said["n_items_without_llm"]) == (1.0, 8, 2)


@pytest.mark.django_db
def test_on_the_database_every_machine_is_tested_or_the_one_named(corpus: Corpus) -> None:
    rated = builders.rated_set(corpus, dev=40, test=5)
    for name in ("good", "poor"):
        builders.annotate(rated, name, always="no" if name == "poor" else None)
    both = command("alt_test", "clips", "calming").out
    assert [(one["name"], one["passed"]) for one in both["annotators"]] == [("good", True), ("poor", False)]
    one = command("alt_test", "clips", "calming", "--llm", "good", "--epsilon", "0.1").out
    assert (one["winning_rate"], one["n_raters"], one["epsilon"], one["score"]) == (1.0, 4, 0.1, "accuracy")
    assert {"advantage_prob", "passed", "curve", "verdict", "inputs"} <= set(one)
    assert Look.objects.count() == 0


@pytest.mark.django_db
def test_on_a_sealed_test_each_machine_is_a_look(corpus: Corpus) -> None:
    builders.annotate(builders.rated_set(corpus, dev=5, test=35), "good")
    for _ in range(2):
        said = command("alt_test", "clips", "calming", "--split", "test").out
    assert (said["sealed"], Look.objects.count()) == (True, 1)


@pytest.mark.django_db
def test_without_the_machine_or_the_column_it_says_so(corpus: Corpus, tmp_path: Path) -> None:
    rated = builders.rated_set(corpus, dev=5, test=0)
    assert "no annotator has labeled" in command("alt_test", "clips", "calming").err
    builders.annotate(rated, "good")
    assert "no annotator 'bad' (there are: good)" in command("alt_test", "clips", "calming", "--llm", "bad").err
    assert "--llm is needed for a file" in command("alt_test", str(tmp_path / "x.csv")).err
