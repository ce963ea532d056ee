"""Rater by rater: every machine on the very pairs of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from llm_jobs.models import Evaluation

from .. import words
from . import significance
from .significance import Tested


@dataclass(frozen=True)
class Panel:
    """A rater and the machines on the very same pairs."""

    rater: dict[str, Any]
    machines: list[Beside] = field(default_factory=list)


@dataclass(frozen=True)
class Beside:
    """A machine on a rater's pairs; `tested` is McNemar's test of their accuracies, among all raters and machines."""

    row: dict[str, Any]
    labeler: str
    verdict: words.Said
    tested: Tested | None


def of_evaluation(
    evaluation: Evaluation, labelers: dict[str, str], limit: int, correction: str = significance.DEFAULT
) -> list[Panel]:
    """The raters with most pairs, each with the machines on the same pairs."""
    rows = sorted(evaluation.result["raters"], key=lambda row: -row["n_pairs"])[:limit]
    tests = significance.beside_raters(evaluation, correction)

    def beside(rater: str, row: dict[str, Any]) -> Beside:
        verdict = words.verdict(row["vs_rater"], "this rater")
        return Beside(row, labelers.get(row["name"], "llm"), verdict, tests.get((rater, row["name"])))

    return [Panel(row, [beside(row["name"], machine) for machine in row["annotators"]]) for row in rows]
