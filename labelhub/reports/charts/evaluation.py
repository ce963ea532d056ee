"""Charts of the report of machines against humans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .chart import COLOURS, Chart, Point, forest, heat


def f1(points: Sequence[Point], goal: float) -> Chart:
    """F1 of everybody on one scale, with the goal."""
    note = "95 % intervals, items resampled"
    return forest(
        "f1", "F1 by labeler", note, points, axis="F1", reference=goal, reference_label=f"goal {goal:.2f}",
        counted="pairs",
    )  # fmt: skip


def differences(points: Sequence[Point]) -> Chart:
    """Paired differences to the pooled raters."""
    note = "paired on the same items; an interval that spans 0 leaves it open"
    return forest(
        "differences", "Difference in F1 to the pooled raters", note, points, axis="difference in F1", reference=0.0,
        reference_label="the raters", counted="pairs",
    )  # fmt: skip


def confusion(key: str, name: str, labeler: str, matrix: list[list[float]], levels: Sequence[str]) -> Chart:
    """Reference level against given level, as shares of each reference level."""
    shares = [[cell / total if (total := sum(row)) else None for cell in row] for row in matrix]
    rows: list[list[Any]] = [[level, *map(float, row)] for level, row in zip(levels, matrix, strict=True)]
    note = "share of each reference level; the table counts pairs, a tie of the reference in parts"
    drawn = heat(
        key, f"Confusion: {name}", note, shares, levels, levels, corner="reference", colour=COLOURS[labeler],
        low=0, high=1, down_title="reference", across_title="given",
    )  # fmt: skip
    return Chart(drawn.key, drawn.title, note, drawn.figure, drawn.columns, rows, drawn.shape)


MAX_CONFUSIONS = 6


def charts_of(result: dict[str, Any], labelers: dict[str, str], levels: Sequence[str], goal: float) -> list[Chart]:
    """Every chart of a stored evaluation; `labelers` says of each machine whether it is a student."""
    pooled = result["pooled_raters"]
    machines = [(row, labelers.get(row["name"], "llm")) for row in result["annotators"]]
    everybody = [*machines, (pooled, "human"), *((row, "human") for row in _most(result["raters"], 12))]
    if baseline := result.get("baseline"):
        everybody.append((baseline, "baseline"))
    charts = [f1([_point(row, "f1", labeler) for row, labeler in everybody], goal)]
    compared = [*machines, *((row, "human") for row in _most(result["raters"], 12))]
    charts.append(differences([_gap(row, labeler) for row, labeler in compared if "vs_pooled" in row]))
    matrices = result.get("confusion", {})
    for k, (row, labeler) in enumerate([(pooled, "human"), *machines][:MAX_CONFUSIONS]):
        if row["name"] in matrices:
            charts.append(confusion(f"confusion-{k}", row["name"], labeler, matrices[row["name"]], levels))
    return charts


def table(result: dict[str, Any]) -> Chart:
    """The report's main table, for its CSV."""
    columns = ["labeler", "kind", "items", "pairs", "failed"]
    for name in ("precision", "recall", "f1", "difference to pooled raters"):
        columns += [name, f"{name} low", f"{name} high"]
    kinds = [("pooled", [result["pooled_raters"]]), ("machine", result["annotators"]), ("rater", result["raters"])]
    if baseline := result.get("baseline"):
        kinds.append(("baseline", [baseline]))
    rows: list[list[Any]] = []
    for kind, group in kinds:
        for row in group:
            gap = row.get("vs_pooled", {})
            figures = [row[name][part] for name in ("precision", "recall", "f1") for part in ("value", "low", "high")]
            figures += [gap.get(part) for part in ("difference", "low", "high")]
            rows.append([row["name"], kind, row["n_items"], row["n_pairs"], row["n_failed"], *figures])
    return Chart("labelers", "Labelers", "", {}, columns, rows)


def _most(raters: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    return sorted(raters, key=lambda row: -row["n_pairs"])[:limit]


def _point(row: dict[str, Any], name: str, labeler: str) -> Point:
    figure = row[name]
    return Point(row["name"], figure["value"], figure["low"], figure["high"], labeler, row["n_pairs"], figure["reason"])


def _gap(row: dict[str, Any], labeler: str) -> Point:
    gap = row["vs_pooled"]
    return Point(row["name"], gap["difference"], gap["low"], gap["high"], labeler, row["n_pairs"], gap["reason"])
