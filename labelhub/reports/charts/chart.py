"""What every chart is: a Plotly figure, its table twin, and what to call them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

Cell = str | int | float | None
GREY, INK, EDGE = "var(--grey)", "var(--ink)", "var(--edge)"
COLOURS = {
    "human": "var(--human)", "llm": "var(--llm)", "student": "var(--student)", "baseline": GREY, "": "var(--accent)",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chart:
    """`figure` is plain JSON; `rows` hold raw values, the name first: the page formats them, the CSV does not."""

    key: str
    title: str
    note: str
    figure: dict[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A named figure with its interval."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    labeler: str = ""
    n: int | None = None
    reason: str | None = None


def plain(figure: go.Figure) -> dict[str, Any]:
    """The figure as JSON without Plotly's template: the page's own style sheet colours it."""
    figure.layout.template = None
    return dict(json.loads(figure.to_json()))


def forest(
    key: str,
    title: str,
    note: str,
    points: Sequence[Point],
    *,
    axis: str,
    reference: float | None = None,
    reference_label: str = "",
    counted: str = "n",
    whole: bool = False,
) -> Chart:
    """Figures with intervals under one another on a common scale; undefined ones stand in the table only.

    `whole` shows the axis from 0 to 1 (and below where a figure lies there): cut short, it makes small gaps look large.
    """
    shown = [point for point in points if point.value is not None]
    figure = go.Figure([_point_trace(point) for point in shown])
    figure.update_layout(
        xaxis={"title": {"text": axis}},
        yaxis=named([point.name for point in reversed(shown)]),
        margin={"l": 8, "r": 16, "t": 24, "b": 8},
        height=height_of(len(shown)),
    )
    if whole:
        lowest = min(
            [0.0, *(point.value if point.low is None else point.low for point in shown if point.value is not None)]
        )
        figure.update_xaxes(range=[lowest - 0.02, 1.02])
    if reference is not None:
        figure.add_vline(
            x=reference,
            line={"color": GREY, "width": 1, "dash": "dash"},
            annotation={"text": reference_label, "yanchor": "bottom", "xanchor": "center", "font": {"color": GREY}},
        )
    rows = [[p.name, p.value, p.low, p.high, p.n, p.reason or ""] for p in points]
    columns = ["", axis, "low", "high", counted, "remark"]
    return Chart(key, title, note, plain(figure), columns, rows, "" if len(shown) > 5 else "short")


def _point_trace(point: Point) -> go.Scatter:
    colour = COLOURS[point.labeler]
    error = None
    text = f"{point.value:.3f}"
    if point.value is not None and point.low is not None and point.high is not None:
        error = {
            "type": "data",
            "symmetric": False,
            "array": [point.high - point.value],
            "arrayminus": [point.value - point.low],
            "color": colour,
            "thickness": 2,
            "width": 5,
        }
        text += f" [{point.low:.3f}, {point.high:.3f}]"
    return go.Scatter(
        x=[point.value],
        y=[point.name],
        mode="markers",
        marker={"color": colour, "size": 10},
        error_x=error,
        name=point.name,
        hovertemplate=f"%{{y}}: {text}<extra></extra>",
    )


def named(names: Sequence[str], length: int = 28) -> dict[str, Any]:
    """An axis with every name on it: left alone, Plotly leaves out every second one where they stand close."""
    return {
        "type": "category",
        "categoryorder": "array",
        "categoryarray": list(names),
        "tickmode": "array",
        "tickvals": list(names),
        "ticktext": [short(name, length) for name in names],
        "showgrid": False,
        "automargin": True,
    }


def height_of(rows: int) -> int:
    """Pixels for this many named rows, with title and axis; charts.js gives them to the canvas."""
    return max(84 + 28 * rows, 170)


def short(name: str, length: int = 28) -> str:
    """A name as an axis has room for it."""
    return name if len(name) <= length else name[: length - 1] + "…"


def heat(
    key: str,
    title: str,
    note: str,
    values: Sequence[Sequence[float | None]],
    across: Sequence[str],
    down: Sequence[str],
    *,
    corner: str,
    colour: str = "var(--accent)",
    low: float | None = None,
    high: float | None = None,
    places: int = 2,
    down_title: str = "",
    across_title: str = "",
    faint: Sequence[Sequence[str]] | None = None,
) -> Chart:
    """A matrix as shaded cells with their numbers; one hue, so that it reads in light and dark.

    `faint` are words for cells without a number, drawn grey.
    """
    text = [["" if value is None else f"{value:.{places}f}" for value in row] for row in values]
    figure = go.Figure(
        go.Heatmap(
            z=[list(row) for row in values],
            x=list(across),
            y=list(down),
            text=text,
            texttemplate="%{text}",
            textfont={"color": INK},
            colorscale=[[0, "rgba(0,0,0,0)"], [1, colour]],
            opacity=0.55,
            showscale=False,
            zmin=low,
            zmax=high,
            xgap=2,
            ygap=2,
            hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        )
    )
    if faint is not None:
        figure.add_trace(_faint(faint, across, down))
    figure.update_layout(
        xaxis={**named(across, 22), "side": "top", "title": {"text": across_title}},
        yaxis={**named(down, 22), "autorange": "reversed", "title": {"text": down_title}},
        height=height_of(len(down)) + 40,
    )
    rows = [[name, *row] for name, row in zip(down, values, strict=True)]
    return Chart(key, title, note, plain(figure), [corner, *across], rows, "square" if len(down) > 4 else "short")


def _faint(words: Sequence[Sequence[str]], across: Sequence[str], down: Sequence[str]) -> go.Heatmap:
    return go.Heatmap(
        z=[[1 if word else None for word in row] for row in words],
        x=list(across),
        y=list(down),
        text=[list(row) for row in words],
        texttemplate="%{text}",
        textfont={"color": GREY},
        colorscale=[[0, "var(--line)"], [1, "var(--line)"]],
        opacity=0.6,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
    )
