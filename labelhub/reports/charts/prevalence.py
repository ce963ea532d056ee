"""Charts of the prevalence report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from .chart import COLOURS, GREY, Cell, Chart, Point, forest, plain

ESTIMATES = {
    "ppi_plus_plus": "PPI++",
    "ppi_plus_plus_probability": "PPI++ by its scores",
    "ppi": "PPI",
    "rogan_gladen": "Rogan-Gladen",
    "golden": "Gold alone, these items",
    "model": "Its labels alone",
}


def estimates(payload: dict[str, Any], level: str) -> Chart:
    """Every estimate of the positive level's share, gold alone first."""
    k, points = payload["positive"], []
    if payload["golden"]:
        one = payload["golden"]["levels"][k]
        points.append(Point("Gold alone", one["value"], one["low"], one["high"], "human", one["n"], one["reason"]))
    for machine in payload.get("machines", ()):
        for key, label in ESTIMATES.items():
            if one := machine["levels"][k].get(key):
                name, colour = f"{label}, {machine['machine']}", "human" if key == "golden" else machine["labeler"]
                points.append(Point(name, one["value"], one["low"], one["high"], colour, one["n"], one["reason"]))
    note = "95 % intervals; a machine's labels alone have none, for its own errors are in them"
    return forest("estimates", f"Share of “{level}”, every estimate", note, points, axis="share", counted="items")


def shares(points: Sequence[Point]) -> Chart:
    note = "the raters' estimate with its 95 % interval; the student counts every item, so it has bias but no interval"
    return forest("shares", "Share of the corpus", note, points, axis="share", counted="items")


def histogram(counts: Sequence[int], level: str) -> Chart:
    """How the student's raw scores lie between 0 and 1."""
    width = 1 / len(counts)
    middles = [width * (k + 0.5) for k in range(len(counts))]
    figure = go.Figure(
        go.Bar(
            x=middles, y=list(counts), width=[width * 0.92] * len(counts), marker={"color": COLOURS["student"]},
            hovertemplate="around %{x:.2f}: %{y} items<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        xaxis={"title": {"text": f"raw score of {level}"}, "range": [0, 1]},
        yaxis={"title": {"text": "items"}},
    )
    rows: list[list[Cell]] = [[f"{width * k:.2f} to {width * (k + 1):.2f}", n] for k, n in enumerate(counts)]
    note = f"{sum(counts):,} items; scores as the student gives them, not calibrated"
    return Chart("histogram", "The student's raw scores", note, plain(figure), ["raw score", "items"], rows)


def months(rows: Sequence[tuple[str, int, int]], level: str) -> Chart:
    """Share of the positive level by month: (month, items of the level, items)."""
    x = [month for month, _, _ in rows]
    y = [hits / n for _, hits, n in rows]
    figure = go.Figure(
        [
            go.Bar(x=x, y=[n for _, _, n in rows], marker={"color": GREY}, opacity=0.25, yaxis="y2", name="items",
                   hovertemplate="%{x|%b %Y}: %{y} items<extra></extra>"),
            go.Scatter(x=x, y=y, mode="lines+markers", line={"color": COLOURS["student"], "width": 2},
                       hovertemplate="%{x|%b %Y}: %{y:.1%}<extra></extra>", name=level),
        ]
    )  # fmt: skip
    figure.update_layout(
        xaxis={"type": "date", "showgrid": False},
        yaxis={"title": {"text": f"share {level}"}, "tickformat": ".0%", "rangemode": "tozero"},
        yaxis2={"title": {"text": "items"}, "overlaying": "y", "side": "right", "showgrid": False,
                "rangemode": "tozero", "tickmode": "auto", "nticks": 5, "tickformat": ",d"},
    )  # fmt: skip
    table: list[list[Cell]] = [[month, hits / n, hits, n] for month, hits, n in rows]
    note = "by month of publication, student's likeliest level; grey bars: items of the month"
    return Chart("months", "Over time", note, plain(figure), ["month", "share", level, "items"], table)
