"""Charts of the agreement report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from .chart import Cell, Chart, Point, forest, heat

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
    return forest(
        "coefficients", "Coefficients of agreement", note, points, axis="agreement", counted="items", whole=True
    )


def pairs(stored: dict[str, Any]) -> Chart | None:
    """Cohen's kappa of every two raters as a matrix, cells with few items grey; None with fewer than two raters.

    The table has a row a pair, with both figures and their intervals.
    """
    names = [rater["name"] for rater in stored["raters"]]
    if len(names) < 2:
        return None
    size = range(len(names))
    values: list[list[float | None]] = [[None for _ in size] for _ in size]
    faint = [["" for _ in size] for _ in size]
    rows: list[list[Cell]] = []
    for cell in stored["cells"]:
        kappa, agreement, n = cell["kappa"], cell["agreement"], cell["kappa"]["n"]
        for a, b in ((cell["a"], cell["b"]), (cell["b"], cell["a"])):
            if n >= stored["fewest"]:
                values[a][b] = kappa["value"]
            if values[a][b] is None and n:
                faint[a][b] = f"n {n}"
        figures = [one[part] for one in (agreement, kappa) for part in ("value", "low", "high")]
        rows.append([f"{names[cell['a']]}, {names[cell['b']]}", n, *figures, kappa["reason"] or ""])
    note = f"of the raters with most answers; grey: undefined, or under {stored['fewest']} items in common"
    if left_out := stored["n_left_out"]:
        note += f"; {left_out:,} pair{'' if left_out == 1 else 's'} of other raters left out"
    drawn = heat(
        "pairs", "Cohen's kappa by pair of raters", note, values, names, names, corner="rater",
        colour="var(--human)", low=0, high=1, faint=faint,
    )  # fmt: skip
    columns = ["pair", "items", *(f"{name}{end}" for name in ("agreement", "kappa") for end in ("", " low", " high"))]
    return replace(drawn, columns=[*columns, "remark"], rows=rows)


def versions(stored: Sequence[dict[str, Any]]) -> Chart | None:
    """Alpha of each definition version on its own items; None with one version."""
    if len(stored) < 2:
        return None
    points = []
    for row in stored:
        alpha = row["figures"]["krippendorff_alpha"]
        name = f"v{row['version']}{', this report' if row['here'] else ''}"
        points.append(Point(name, alpha["value"], alpha["low"], alpha["high"], "human", alpha["n"], alpha["reason"]))
    note = "each version on its own items and raters; the table below says which can be compared"
    return forest(
        "versions", "Alpha over the definition's versions", note, points, axis="alpha", counted="items", whole=True
    )


def level_pairs(stored: dict[str, Any] | None, levels: Sequence[str]) -> Chart | None:
    """Which two levels an item got, as shares of all pairs of its answers; None for two levels, which say nothing."""
    if stored is None or len(levels) < 3:
        return None
    counts = stored["pairs"]
    total = sum(counts[k][m] for k in range(len(levels)) for m in range(k + 1))
    shares = [
        [count / total if total and m <= k else None for m, count in enumerate(row)] for k, row in enumerate(counts)
    ]
    note = f"share of the {total:,} pairs of answers to one item; off the diagonal the two differ"
    drawn = heat("level-pairs", "Which levels are given together", note, shares, levels, levels, corner="level",
                 colour="var(--human)", low=0, high=1)  # fmt: skip
    rows: list[list[Cell]] = [
        [f"{levels[k]}, {levels[m]}", counts[k][m], stored["items"][k][m]]
        for k in range(len(levels))
        for m in range(k + 1)
    ]
    return replace(drawn, columns=["levels", "pairs of answers", "items"], rows=rows)


def raters(payload: dict[str, Any]) -> Chart:
    """Each rater against the consensus of the others, for the CSV."""
    labels = [level["label"] for level in payload["levels"]]
    columns = ["rater", "answers", "can't tell", *labels, "items compared"]
    names = ("accuracy", "precision", "recall", "f1")
    for name in names:
        columns += [name, f"{name} low", f"{name} high"]
    rows: list[list[Cell]] = []
    for row in payload["raters"]:
        figures = [(row.get(name) or {}).get(part) for name in names for part in ("value", "low", "high")]
        rows.append([row["name"], row["n_labels"], row["cannot_tell"], *row["use"], row["n_items"], *figures])
    return Chart("raters", "Raters", "", {}, columns, rows)


def parts(payload: dict[str, Any]) -> Chart:
    """Agreement by stratum, group and cohort, for the CSV."""
    columns = ["part", "kind", "items", "answers", "can't tell", "disputed items"]
    names = ("percent_agreement", "krippendorff_alpha")
    for name in names:
        columns += [name, f"{name} low", f"{name} high"]
    rows: list[list[Cell]] = [
        [part["key"], part["kind"], part["n_items"], part["n_labels"], part["cannot_tell"], part["n_disputed"]]
        + [part[name][bound] for name in names for bound in ("value", "low", "high")]
        for part in payload["parts"]
    ]
    return Chart("parts", "Parts of the set", "", {}, columns, rows)
