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


def tables(result: dict[str, Any]) -> list[Chart]:
    """The report's tables, for their CSV: labelers, their levels, every two machines, agreement without a consensus."""
    kinds = [("pooled", [result["pooled_raters"]]), ("machine", result["annotators"]), ("rater", result["raters"])]
    if baseline := result.get("baseline"):
        kinds.append(("baseline", [baseline]))
    labelers = [(row, kind) for kind, group in kinds for row in group]
    return [_labelers(labelers), _levels(labelers, result["levels"]), _duels(result), _pairwise(result)]


def _labelers(labelers: Sequence[tuple[dict[str, Any], str]]) -> Chart:
    names = [
        "precision",
        "recall",
        "f1",
        *(("quadratic_kappa", "mae", "within_one") if "mae" in labelers[0][0] else ()),
    ]
    columns = ["labeler", "kind", "items", "pairs", "failed", "refused"]
    columns += [part for name in (*names, "difference to pooled raters") for part in _parts(name)]
    columns += ["p", "method"]
    rows: list[list[Any]] = []
    for row, kind in labelers:
        gap, test, failures = row.get("vs_pooled", {}), row.get("permutation", {}), row.get("failures", {})
        figures = [row[name][part] for name in names for part in ("value", "low", "high")]
        figures += [gap.get(part) for part in ("difference", "low", "high")]
        refused = failures.get("refused", 0)
        counts = [row["n_items"], row["n_pairs"], row["n_failed"] - refused, refused]
        rows.append([row["name"], kind, *counts, *figures, test.get("p"), test.get("method") or ""])
    return Chart("labelers", "Labelers", "", {}, columns, rows)


def _levels(labelers: Sequence[tuple[dict[str, Any], str]], levels: Sequence[str]) -> Chart:
    names = ("precision", "recall", "f1")
    columns = ["labeler", "level", "in reference", "given", *(part for name in names for part in _parts(name))]
    rows = [
        [row["name"], key, level["n_reference"], level["n_given"], *_values(level, names)]
        for row, _ in labelers
        for key, level in zip(levels, row.get("levels", ()), strict=False)
    ]
    return Chart("levels", "Levels", "", {}, columns, rows)


def _duels(result: dict[str, Any]) -> Chart:
    columns = ["machine", "rival", "items", *_parts("difference in F1"), "p of F1", "b", "c", "n", "p of accuracy"]
    rows = [
        [row["name"], row["rival"], row["n_items"], row["difference"], row["low"], row["high"], row["permutation"]["p"],
         *(row["mcnemar"][name] for name in ("b", "c", "n", "p"))]
        for row in result.get("duels", ())
        if "mcnemar" in row
    ]  # fmt: skip
    return Chart("machines", "Machine against machine", "", {}, columns, rows)


def _pairwise(result: dict[str, Any]) -> Chart:
    names = ("machine", "raters", "difference", "kappa_machine", "kappa_raters", "kappa_difference")
    columns = ["labeler", "items", "pairs", *(part for name in names for part in _parts(name))]
    found = result.get("pairwise", {})
    rows = [[name, one["n_items"], one["n_pairs"], *_values(one, names)] for name, one in found.items()]
    return Chart("pairwise", "Agreement without a consensus", "", {}, columns, rows)


def _parts(name: str) -> list[str]:
    return [name, f"{name} low", f"{name} high"]


def _values(row: dict[str, Any], names: Sequence[str]) -> list[Any]:
    return [row[name][part] for name in names for part in ("value", "low", "high")]


def _most(raters: list[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    return sorted(raters, key=lambda row: -row["n_pairs"])[:limit]


def _point(row: dict[str, Any], name: str, labeler: str) -> Point:
    figure = row[name]
    return Point(row["name"], figure["value"], figure["low"], figure["high"], labeler, row["n_pairs"], figure["reason"])


def _gap(row: dict[str, Any], labeler: str) -> Point:
    gap = row["vs_pooled"]
    return Point(row["name"], gap["difference"], gap["low"], gap["high"], labeler, row["n_pairs"], gap["reason"])
