"""Six real models against four real raters on 1,008 reviews, beside a plain computation of the same figures."""

from __future__ import annotations

import csv
import math
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from attributes.models import Corpus
from tests.llm_jobs.commands.calls import command

FILE = Path(__file__).parents[4] / "../shared/data/alttest_cebab_aspects.csv"
LEVELS = ["Negative", "unknown", "Positive"]
MODELS = ["gemini_flash", "gemini_pro", "gpt-4o", "llama-31", "gpt-4o-mini", "mistral-v03"]
DEFINITION = """
attribute: sentiment
scale: nominal
levels: [Negative, unknown, Positive]
question: What does the review say of the aspect?
inputs: {fields: [text], frames: false}
"""
Confusion = dict[tuple[str, str], float]

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FILE.is_file(), reason="../shared/data is not there"),
]


def macro(confusion: Confusion) -> tuple[float, float, float]:
    """Precision, recall and F1 averaged over the levels that occur; NaN where one of them is undefined."""
    figures = []
    for level in LEVELS:
        hit = confusion[level, level]
        asked = sum(weight for (truth, _), weight in confusion.items() if truth == level)
        given = sum(weight for (_, label), weight in confusion.items() if label == level)
        if asked or given:
            precision = hit / given if given else math.nan
            recall = hit / asked if asked else math.nan
            figures.append((precision, recall, 2 * hit / (asked + given)))
    n = len(figures)
    return tuple(sum(column) / n for column in zip(*figures, strict=True))  # type: ignore[return-value]


def worked_out(rows: list[dict[str, str]]) -> dict[str, tuple[tuple[float, float, float], int]]:
    """Leave-one-out figures by name: everybody against the majority of the other raters, ties shared."""
    ratings: dict[str, dict[str, str]] = defaultdict(dict)
    machines: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        ratings[row["item_id"]][row["rater_id"]] = row["label"]
        machines[row["item_id"]] = {model: row[f"llm_{model}"] for model in MODELS}
    confusions: dict[str, Confusion] = defaultdict(lambda: defaultdict(float))
    pairs = 0
    for item, answers in ratings.items():
        for rater, own in answers.items():
            others = Counter(label for other, label in answers.items() if other != rater)
            if not others:
                continue
            pairs += 1
            tied = [label for label, n in others.items() if n == max(others.values())]
            for truth in tied:
                for name, label in {"pooled": own, rater: own, **machines[item]}.items():
                    confusions[name][truth, label] += 1 / len(tied)
    return {name: (macro(confusion), pairs) for name, confusion in confusions.items()}


def test_the_figures_are_those_of_a_plain_computation(corpus: Corpus, tmp_path: Path) -> None:
    path = str(FILE.resolve())
    (tmp_path / "sentiment.yaml").write_text(DEFINITION)
    assert command("import_corpus", "clips", path, "--id", "item_id", "--text", "text").out["created"] == 1008
    assert command("import_definition", "clips", str(tmp_path / "sentiment.yaml")).code == 0
    ratings = command("import_ratings", "clips", "sentiment", path).out
    assert (ratings["n_items"], ratings["n_ratings"]) == (1008, 4032)
    for model in MODELS:
        columns = ["--annotator", model, "--label", f"llm_{model}"]
        said = command("import_annotations", "clips", "sentiment", path, *columns)
        assert (said.out["n"], said.out["failed"]) == (1008, 0)
    found = command("evaluate", "clips", "sentiment").out

    with FILE.open(newline="") as file:
        expected = worked_out(list(csv.DictReader(file)))
    rows = {row["name"]: row for row in [*found["annotators"], *found["raters"]]} | {"pooled": found["pooled_raters"]}
    assert set(rows) == set(expected)
    for name, ((precision, recall, f1), pairs) in expected.items():
        row = rows[name]
        assert row["f1"]["value"] == pytest.approx(f1, abs=1e-12)
        if name in [*MODELS, "pooled"]:
            assert row["precision"]["value"] == pytest.approx(precision, abs=1e-12)
            assert row["recall"]["value"] == pytest.approx(recall, abs=1e-12)
            assert row["f1"]["low"] < f1 < row["f1"]["high"]
            assert row["n_pairs"] == pairs
    for model in MODELS:
        gap = expected[model][0][2] - expected["pooled"][0][2]
        assert rows[model]["vs_pooled"]["difference"] == pytest.approx(gap, abs=1e-12)
        assert (rows[model]["n_items"], rows[model]["n_failed"], rows[model]["n_missing"]) == (1008, 0, 0)
