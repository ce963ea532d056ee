"""Human ratings and real models of eight tasks, from their files through import to the reports in the browser.

Winning rates and advantage probabilities are those of Calderon, Reichart and Dror (ACL 2025), as their notebook prints
them; the stance data has no published test, and stands here for its eight ratings an item beside 0/1 labels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse

from attributes.models import Attribute, Corpus
from labelhub.accounts.models import User
from labelhub.reports.domain import across
from llm_jobs.models import Evaluation
from raters.models import RatingSet
from tests.llm_jobs.commands.calls import command
from tests.personas import signed_in

DATA = Path(__file__).parents[3] / "../shared/data"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there"),
]
GRADES = [str(grade) for grade in range(1, 6)]
RELATIONS = [
    "Action", "Antonym", "Category-Exemplar-Pairs", "Common-Phrase", "Emotion-Evaluation", "Function",
    "Has-Prerequisite", "HasProperty", "Location", "Material-MadeOf", "Members-of-the-same-Category",
    "None-of-the-above", "PartOf", "Result-In", "Synonym", "Thematic", "Time",
]  # fmt: skip
# name, scale, levels, score, epsilon, model -> (winning rate, advantage probability)
Task = tuple[str, str, list[str], str, str, dict[str, tuple[float, float]]]
TASKS: list[Task] = [
    ("wax", "nominal", RELATIONS, "accuracy", "0.1", {"gpt-4o": (0.5, 0.730), "mistral-v03": (0.0, 0.498)}),
    ("mtbench", "nominal", ["model_a", "model_b", "tie"], "accuracy", "0.2", {"gpt-4o": (0.0, 0.773)}),
    ("cebab_aspects", "nominal", ["Negative", "unknown", "Positive"], "accuracy", "0.1", {"gpt-4o": (0.9, 0.928)}),
    ("cebab_stars", "ordinal", GRADES, "neg_rmse", "0.1", {"gpt-4o": (0.9, 0.899), "mistral-v03": (0.5, 0.829)}),
    ("lesion", "ordinal", [str(k) for k in range(7)], "neg_rmse", "0.15", {"gemini_pro": (1.0, 0.810), "gpt-4o": (0.0, 0.617)}),
    ("10k_prompts", "ordinal", GRADES, "neg_rmse", "0.15", {"gpt-4o": (0.692, 0.759)}),
    ("summeval", "ordinal", GRADES, "neg_rmse", "0.2", {"mistral-v03": (0.0, 0.623)}),
]  # fmt: skip


def brought_in(
    path: Path, name: str, folder: Path, scale: str, levels: list[str], columns: dict[str, str], *ratings: str
) -> RatingSet:
    """Corpus, definition, ratings and each model's labels (annotator -> column) by the commands."""
    file = str(path)
    definition = folder / f"{name}.yaml"
    named = ", ".join(f'"{level}"' for level in levels)
    definition.write_text(
        f"attribute: {name}\nscale: {scale}\nlevels: [{named}]\nquestion: Which?\ninputs: {{fields: [text], frames: false}}\n"
    )
    said = [
        command("import_corpus", "clips", file, "--id", "item_id", "--text", "text"),
        command("import_definition", "clips", str(definition)),
        command("import_ratings", "clips", name, file, *ratings),
    ]
    for annotator, column in columns.items():
        said.append(command("import_annotations", "clips", name, file, "--annotator", annotator, "--label", column))
    assert [one.code for one in said] == [0] * len(said), [one.err for one in said]
    return RatingSet.objects.get(definition__attribute__slug=name)


@pytest.fixture
def asked(corpus: Corpus, analyst: User) -> Callable[[str, RatingSet, dict[str, str]], str]:
    """Post a form of the reports and read the page it leads to."""

    def ask(url: str, rating_set: RatingSet, data: dict[str, str]) -> str:
        response = signed_in(analyst).post(url, data, follow=True)
        assert response.status_code == 200
        return str(response.content.decode())

    return ask


@pytest.mark.parametrize(
    ("name", "scale", "levels", "score", "epsilon", "models"), TASKS, ids=[task[0] for task in TASKS]
)
def test_a_published_task_goes_through_import_to_its_reports(
    name: str, scale: str, levels: list[str], score: str, epsilon: str, models: dict[str, tuple[float, float]],
    corpus: Corpus, asked: Callable[..., str], tmp_path: Path,
) -> None:  # fmt: skip
    path = (DATA / f"alttest_{name}.csv").resolve()
    rating_set = brought_in(path, name, tmp_path, scale, levels, {one: f"llm_{one}" for one in models})
    played = reverse("reports:alt_test_new", args=["clips", rating_set.uid])
    for model, (winning_rate, advantage) in models.items():
        page = asked(played, rating_set, {"machine": model, "split": "dev", "epsilon": epsilon, "score": score})
        figures = f'<dd class="stat-value">{winning_rate:.3f}</dd>', f'<dd class="stat-value">{advantage:.3f}</dd>'
        assert [figure in page for figure in figures] == [True, True], model
    page = asked(
        reverse("reports:evaluate", args=["clips"]),
        rating_set,
        {"rating_set": str(rating_set.uid), "split": "dev", "reference": "leave_one_out"},
    )
    evaluation = Evaluation.objects.get(rating_set=rating_set)
    for row in evaluation.result["annotators"]:
        assert f"{row['f1']['value']:.3f}" in page


def test_stance_with_its_confidences(corpus: Corpus, asked: Callable[..., str], tmp_path: Path) -> None:
    """Against the majority of the others the model does better than a rater; against one it is part of, it would not."""
    path = (DATA / "gwsd_stance_llm.csv").resolve()
    rating_set = brought_in(
        path, "agrees", tmp_path, "binary", ["0", "1"], {"llm": "llm_label"}, "--label", "label_agree"
    )
    page = asked(
        reverse("reports:evaluate", args=["clips"]),
        rating_set,
        {"rating_set": str(rating_set.uid), "split": "dev", "reference": "leave_one_out"},
    )
    (row,) = Evaluation.objects.get(rating_set=rating_set).result["annotators"]
    assert (row["n_items"], row["n_failed"], row["n_missing"]) == (2298, 2, 0)
    assert f"{row['f1']['value']:.3f}" in page
    played = reverse("reports:alt_test_new", args=["clips", rating_set.uid])
    page = asked(played, rating_set, {"machine": "llm", "split": "dev", "epsilon": "0.1", "score": "accuracy"})
    assert "Passed" in page
    assert Attribute.objects.count() == 1
    assert across.compute(corpus=corpus, split="dev", epsilon=0.1).payload["attributes"][0]["n_items"] == 2300
