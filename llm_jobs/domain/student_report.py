"""What is said of a student: fidelity to its teacher, and F1 against humans where there is a golden set."""

from __future__ import annotations

from typing import Any

from attributes.models import Definition
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from raters.models import RatingSet
from raters.queries.ratings import HAS_RATINGS

from ..models import Student
from . import students


def report(
    student: Student,
    *,
    rating_set: RatingSet | None = None,
    split: str = "dev",
    seed: int = 0,
    user: User | None = None,
) -> dict[str, Any]:
    """`fidelity` (top-1 agreement with the teacher on held-out silver) and `f1` (leave-one-out, against humans).

    Measured on `rating_set`, by default each attribute's newest golden set that rests on the head's definition and has
    ratings. The top level is the figure of the one attribute, or the mean over several; `attributes` holds each.
    Undefined figures are null with a reason.
    """
    each: dict[str, dict[str, Any]] = {}
    for head in student.heads.select_related("definition__attribute__corpus"):
        each[head.definition.attribute.slug] = {
            "fidelity": student.metrics["heads"][head.position]["fidelity"],
            **_against_humans(student, rating_set or measured_set(head.definition), split, seed, user),
        }
    return {
        "fidelity": _mean([entry["fidelity"]["top1_agreement"]["value"] for entry in each.values()]),
        "f1": _figure([entry["f1"] for entry in each.values()]),
        "attributes": each,
    }


def measured_set(definition: Definition) -> RatingSet | None:
    """The newest golden set that rests on the definition and has ratings."""
    golden = RatingSet.objects.filter(definition=definition, purpose=RatingSet.Purpose.GOLDEN)
    return golden.filter(HAS_RATINGS).select_related("definition__attribute__corpus").order_by("-pk").first()


def _against_humans(
    student: Student, rating_set: RatingSet | None, split: str, seed: int, user: User | None
) -> dict[str, Any]:
    """The student's row of an evaluation on the golden set."""
    nothing = {"value": None, "low": None, "high": None}
    if rating_set is None:
        return {"f1": {**nothing, "reason": "no golden set of this definition has ratings"}, "rating_set": None}
    try:
        evaluation = students.evaluate(student, rating_set=rating_set, split=split, seed=seed, user=user)
    except BadInput as error:
        return {"f1": {**nothing, "reason": str(error)}, "rating_set": str(rating_set.uid)}
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
