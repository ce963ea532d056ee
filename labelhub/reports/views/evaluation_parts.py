"""Parts of the evaluation page: what it can be switched to, its levels, and the cells behind its confusions."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from attributes.models import Corpus
from llm_jobs.domain import evaluations
from llm_jobs.models import Evaluation
from raters.models import RatingItem

from ..charts.evaluation import MAX_CONFUSIONS
from ..domain import comparisons
from ..domain.cells import Cell
from ..domain.comparisons import Contender

MAX_RATERS = 50


def switches(evaluation: Evaluation) -> dict[str, Any]:
    """Links to the stored siblings of other splits and references; where there is none, a form asks for it."""
    siblings = comparisons.siblings(evaluation)
    here = (evaluation.split, evaluation.reference)

    adjudicated = evaluations.independent_gold(evaluation.rating_set, evaluation.split).exists()

    def entry(split: str, reference: str, label: str) -> dict[str, Any]:
        return {
            "split": split,
            "reference": reference,
            "label": label,
            "stored": siblings.get((split, reference)),
            "here": (split, reference) == here,
            "possible": reference != Evaluation.Reference.ADJUDICATED or adjudicated,
        }

    unsealed = evaluation.rating_set.unsealed_at is not None
    names = {"dev": "dev", "test": "test" if unsealed else "test, sealed", "all": "all"}
    return {
        "adjudicated": adjudicated,
        "splits": [entry(split, evaluation.reference, names[split]) for split in Evaluation.Split.values],
        "references": [entry(evaluation.split, value, label) for value, label in Evaluation.Reference.choices],
    }


def _labelers(evaluation: Evaluation, machines: list[Contender]) -> list[tuple[dict[str, Any], str]]:
    """The pooled raters and the machines with their colours."""
    return [(evaluation.result["pooled_raters"], "human"), *((one.row, one.labeler) for one in machines)]


def graded(evaluation: Evaluation, machines: list[Contender]) -> list[tuple[dict[str, Any], str]]:
    """Rows with distances along an ordered scale, the raters too; none for other scales and older evaluations."""
    people = [(row, "human") for row in evaluation.result["raters"][:MAX_RATERS]]
    return [(row, labeler) for row, labeler in (*_labelers(evaluation, machines), *people) if "mae" in row]


def levels(evaluation: Evaluation, machines: list[Contender]) -> list[dict[str, Any]]:
    """Each level's figures by labeler; none in evaluations made before they were kept."""
    spec = evaluation.rating_set.definition.parsed()
    found = [(row, labeler) for row, labeler in _labelers(evaluation, machines) if "levels" in row]
    return [
        {"label": level.label, "rows": [(row["name"], labeler, row["levels"][k]) for row, labeler in found]}
        for k, level in enumerate(spec.levels)
        if found
    ]


def confusions(corpus: Corpus, evaluation: Evaluation, machines: list[Contender]) -> list[dict[str, Any]]:
    """Each matrix as rows of cells; on dev a cell with items has the address of their list."""
    spec = evaluation.rating_set.definition.parsed()
    matrices = evaluation.result.get("confusion", {})
    url = reverse("reports:cell", args=[corpus.slug, evaluation.uid])
    open_ = evaluation.split == RatingItem.Split.DEV

    def cell(name: str, reference: str, given: str, n: float) -> dict[str, Any]:
        query = urlencode(Cell(name, reference, given).query())
        return {"n": n, "url": f"{url}?{query}" if open_ and n else None, "hit": reference == given}

    return [
        {
            "name": row["name"],
            "labeler": labeler,
            "rows": [
                {
                    "label": level.label,
                    "cells": [
                        cell(row["name"], level.key, other.key, n) for other, n in zip(spec.levels, counts, strict=True)
                    ],
                }
                for level, counts in zip(spec.levels, matrices[row["name"]], strict=True)
            ],
        }
        for row, labeler in _labelers(evaluation, machines)[:MAX_CONFUSIONS]
        if row["name"] in matrices
    ]
