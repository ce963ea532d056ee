"""What is said of a student: fidelity to its teacher, and F1 against humans where there is a golden set."""

from __future__ import annotations

from typing import Any

from attributes.models import Attribute
from labelhub.lib.errors import BadInput
from raters.domain import sets

from ..models import Student
from . import students


def report(student: Student, *, split: str = "dev", seed: int = 0) -> dict[str, Any]:
    """`fidelity` (top-1 agreement with the teacher on held-out silver) and `f1` (leave-one-out, against humans).

    The top level is the figure of the one attribute, or the mean over several; `attributes` holds each. Undefined
    figures are null with a reason.
    """
    each: dict[str, dict[str, Any]] = {}
    for head in student.heads.select_related("definition__attribute"):
        each[head.definition.attribute.slug] = {
            "fidelity": student.metrics["heads"][head.position],
            **_against_humans(student, head.definition.attribute, split, seed),
        }
    return {
        "fidelity": _mean([entry["fidelity"]["agreement"]["value"] for entry in each.values()]),
        "f1": _figure([entry["f1"] for entry in each.values()]),
        "attributes": each,
    }


def _against_humans(student: Student, attribute: Attribute, split: str, seed: int) -> dict[str, Any]:
    """The student's row of an evaluation on the attribute's newest golden set."""
    try:
        rating_set = sets.get_set(attribute)
        evaluation = students.evaluate(student, rating_set=rating_set, split=split, seed=seed)
    except BadInput as error:
        return {"f1": {"value": None, "low": None, "high": None, "reason": str(error)}, "rating_set": None}
    row = next(row for row in evaluation.result["annotators"] if row["name"] == str(student))
    return {
        "f1": row["f1"],
        "n_items": row["n_items"],
        "vs_pooled": row["vs_pooled"],
        "rating_set": str(rating_set.uid),
        "evaluation": str(evaluation.uid),
    }


def _mean(values: list[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return sum(defined) / len(defined) if len(defined) == len(values) and values else None


def _figure(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """The one figure, or the macro mean of several, whose interval is not known."""
    if len(figures) == 1:
        return figures[0]
    value = _mean([figure["value"] for figure in figures])
    return {"value": value, "low": None, "high": None, "reason": "mean over attributes: see each for its interval"}
