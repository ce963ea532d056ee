"""Charts of the comparison over attributes."""

from __future__ import annotations

from typing import Any

from .chart import Chart, Point, forest, heat

POOLED = "pooled raters"


def charts_of(payload: dict[str, Any]) -> list[Chart]:
    return [macro(payload), by_attribute(payload)]


def macro(payload: dict[str, Any]) -> Chart:
    """The mean of the attributes' F1, of everybody."""
    rows = [(POOLED, "human", payload["pooled"])]
    rows += [(one["name"], one["labeler"], one["across"]) for one in payload["machines"]]
    points = [
        Point(name, row["macro"]["value"], row["macro"]["low"], row["macro"]["high"], labeler, row["n_attributes"],
              row["macro"]["reason"])
        for name, labeler, row in rows
    ]  # fmt: skip
    note = "mean of the attributes' F1; 95 % intervals, items resampled with all their attributes"
    return forest("macro", "Macro F1 by labeler", note, points, axis="macro F1", counted="attributes")


def by_attribute(payload: dict[str, Any]) -> Chart:
    """F1 of every labeler under every attribute."""
    names = [POOLED, *(one["name"] for one in payload["machines"])]
    rows = []
    for one in payload["attributes"]:
        f1 = {row["name"]: row["f1"]["value"] for row in (one["pooled"], *one["machines"])}
        rows.append([f1.get(name) for name in names])
    attributes = [one["name"] for one in payload["attributes"]]
    note = "leave-one-out F1; empty where it is undefined or the machine has no labels"
    return heat("f1", "F1 by attribute", note, rows, names, attributes, corner="attribute", low=0, high=1)


def table(payload: dict[str, Any]) -> Chart:
    """A row per attribute and labeler, for the CSV."""
    names = ("precision", "recall", "f1")
    columns = ["attribute", "version", "labeler", "items", "pairs"]
    columns += [part for name in names for part in (name, f"{name} low", f"{name} high")]
    columns += ["difference to pooled raters", "low", "high", "p"]
    rows: list[list[Any]] = []
    for one in payload["attributes"]:
        for row in (one["pooled"], *one["machines"]):
            figures = [row[name][part] for name in names for part in ("value", "low", "high")]
            gap, test = row.get("vs_pooled", {}), row.get("permutation", {})
            figures += [gap.get(part) for part in ("difference", "low", "high")]
            figures.append(test.get("p"))
            rows.append([one["slug"], one["version"], row["name"], row["n_items"], row["n_pairs"], *figures])
    return Chart("attributes", "Attributes", "", {}, columns, rows)
