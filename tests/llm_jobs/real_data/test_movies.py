"""The whole way on real films: people's grades of a tag, the local annotator, a student, a scored corpus."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from attributes.models import Corpus
from llm_jobs.models import Score
from tests.llm_jobs.commands.calls import command

DATA = Path(__file__).parents[4] / "../shared/data"
FILMS, GRADES = DATA / "movielens_items.csv", DATA / "taggenome_movies.csv"
OTHERS = 240  # films beside the graded ones: all 9,742 take minutes to embed on two cores
DEFINITION = """
attribute: surreal
scale: ordinal
levels:
  - {key: 1, label: Not at all}
  - {key: 2, label: Slightly}
  - {key: 3, label: Somewhat}
  - {key: 4, label: Clearly}
  - {key: 5, label: Strongly, meaning: "dreamlike, irrational, bizarre images"}
question: How strongly does the tag surreal apply to this film?
statement: A surreal film breaks the logic of waking life; it is dreamlike, bizarre or irrational.
inputs: {fields: [title, text, metadata.genres], frames: false}
"""

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FILMS.is_file(), reason="../shared/data is not there"),
    pytest.mark.django_db(transaction=True),
]


def a_slice(target: Path) -> int:
    """The graded films that have a row, and some others, in a file of their own; returns how many."""
    with GRADES.open(newline="") as file:
        graded = {
            row["item_id"].removesuffix("__surreal") for row in csv.DictReader(file) if "__surreal" in row["item_id"]
        }
    with FILMS.open(newline="") as file, target.open("w", newline="") as out:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        others = n = 0
        for row in reader:
            if row["movieId"] not in graded:
                others += 1
                if others > OTHERS:
                    continue
            writer.writerow(row)
            n += 1
    return n


def test_from_grades_to_scores(corpus: Corpus, tmp_path: Path) -> None:
    films = tmp_path / "films.csv"
    n = a_slice(films)
    (tmp_path / "surreal.yaml").write_text(DEFINITION)
    columns = ["--id", "movieId", "--title", "title", "--text", "overview", "--meta", "genres"]
    assert command("import_corpus", "clips", str(films), *columns).out["created"] == n
    assert command("import_definition", "clips", str(tmp_path / "surreal.yaml")).code == 0
    surreal = ["clips", "surreal"]
    grades = command("import_ratings", *surreal, str(GRADES.resolve()), "--item-suffix", "__surreal",
                     "--cannot-tell", "-1", "--create-items")  # fmt: skip
    assert grades.code == 0, grades.err
    agreed = command("agreement", *surreal).out
    assert 0 < agreed["krippendorff_alpha"]["value"] < 1

    run = command("annotate", *surreal, "--annotator", "local", "--items", "all").out
    assert (run["state"], run["cost"]) == ("done", 0)
    assert sum(run["counts"].values()) >= n
    evaluation = command("evaluate", *surreal).out
    assert evaluation["annotators"][0]["quadratic_kappa"]["low"] is not None

    student = command("train_student", *surreal, "--teacher", "local").out
    assert 0 < student["fidelity"] <= 1
    scored = command("score_corpus", *surreal).out
    assert (scored["scored"], scored["published"]) == (sum(run["counts"].values()), True)
    assert Score.objects.count() == scored["scored"]
