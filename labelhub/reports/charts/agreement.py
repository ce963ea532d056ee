"""Charts of the agreement report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .chart import Chart, Point, forest, heat

COEFFICIENTS = {
    "percent_agreement": "Percent agreement",
    "krippendorff_alpha": "Krippendorff's alpha",
    "gwet_ac1": "Gwet's AC1",
    "gwet_ac2": "Gwet's AC2, quadratic",
    "fleiss_kappa": "Fleiss' kappa",
    "brennan_prediger": "Brennan-Prediger",
    "conger_kappa": "Conger's kappa",
    "scott_pi": "Scott's pi",
}


def coefficients(figures: dict[str, Any]) -> Chart:
    """Every coefficient on one scale."""
    points = [
        Point(label, one["value"], one["low"], one["high"], "human", one["n"], one["reason"])
        for name, label in COEFFICIENTS.items()
        if (one := figures.get(name)) is not None
    ]
    note = "95 % intervals over items; 1 is perfect agreement, 0 is what chance gives (percent agreement excepted)"
    return forest("coefficients", "Coefficients of agreement", note, points, axis="agreement", counted="items")


def pairs(cohen: dict[str, Any], limit: int = 12) -> Chart | None:
    """Cohen's kappa of every listed pair as a matrix; None with fewer than one pair."""
    listed = cohen["pairs"]
    if not listed:
        return None
    names = list(dict.fromkeys(name for pair in listed for name in pair["raters"]))[:limit]
    value = {frozenset(pair["raters"]): pair["value"] for pair in listed}
    matrix = [[value.get(frozenset((a, b))) if a != b else None for b in names] for a in names]
    left_out = cohen["n_pairs_left_out"]
    note = "pairs with 10 shared items or more" + (
        f"; {left_out} pair{'' if left_out == 1 else 's'} left out" if left_out else ""
    )
    return heat(
        "pairs", "Cohen's kappa by pair of raters", note, matrix, names, names, corner="rater",
        colour="var(--human)", low=0, high=1,
    )  # fmt: skip


def versions(points: Sequence[Point]) -> Chart:
    """Alpha of each definition version."""
    note = "each version on its own items: versions are comparable by interval only on items both have"
    return forest("versions", "Alpha over the definition's versions", note, points, axis="alpha", counted="items")
