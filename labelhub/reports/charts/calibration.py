"""Charts of the calibration report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from .chart import COLOURS, EDGE, GREY, Cell, Chart, Point, forest, plain

NAMES = {
    "raw": "Raw",
    "base_rate": "Base rate",
    "platt": "Platt",
    "beta": "Beta",
    "isotonic": "Isotonic",
    "venn_abers": "Venn-Abers",
}
COMPARED = ("raw", "base_rate")


def in_order(methods: Mapping[str, Any]) -> list[str]:
    """The methods' names as they are listed; a stored report has lost their order."""
    return [name for name in NAMES if name in methods]


def reliability(view: dict[str, Any], of: str, chosen: str | None, labeler: str) -> Chart:
    """Observed share against mean probability, with Wilson's bars; how often each probability is given below."""
    shown = [name for name in ("raw", chosen) if name and name in view["methods"]]
    figure = go.Figure()
    rows: list[list[Cell]] = []
    for name in shown:
        judged = view["methods"][name]
        colour = GREY if name == "raw" else COLOURS[labeler]
        figure.add_trace(_bins(judged["bins"], NAMES[name], colour, is_open=name == "raw"))
        figure.add_trace(_histogram(judged["histogram"], NAMES[name], colour))
        rows += [_row(NAMES[name], one) for one in judged["bins"]]
    figure.add_shape(type="line", x0=0, x1=1, y0=0, y1=1, line={"color": EDGE, "width": 1, "dash": "dash"})
    figure.update_layout(
        xaxis={"range": [-0.02, 1.02], "title": {"text": f"probability of {of}"}, "anchor": "y2"},
        yaxis={"range": [-0.02, 1.02], "title": {"text": "observed share"}, "domain": [0.3, 1]},
        yaxis2={"title": {"text": "items"}, "domain": [0, 0.2], "anchor": "x", "rangemode": "tozero", "nticks": 4},
        barmode="group",
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.1},
        margin={"t": 32},
        height=440,
    )
    columns = ["probabilities", "from", "to", "items", "so", "mean probability", "observed share", "low", "high"]
    note = f"n {view['n']:,}, {view['positives']:,} of them are so; 95 % intervals; right is on the dashed line"
    return Chart(
        f"reliability-{view['key']}", f"Are they chances? Probability of {of}", note, plain(figure), columns, rows
    )


def _bins(bins: Sequence[dict[str, Any]], name: str, colour: str, *, is_open: bool) -> go.Scatter:
    return go.Scatter(
        x=[one["mean_probability"] for one in bins],
        y=[one["share"] for one in bins],
        mode="lines+markers+text",
        text=_counts(bins),
        cliponaxis=False,
        textposition="bottom right" if is_open else "top left",
        textfont={"size": 11, "color": colour},
        line={"color": colour, "width": 1, "dash": "dot" if is_open else "solid"},
        marker={"color": colour, "size": 9, "symbol": "circle-open" if is_open else "circle"},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [one["share_high"] - one["share"] for one in bins],
            "arrayminus": [one["share"] - one["share_low"] for one in bins],
            "color": colour,
            "thickness": 1.5,
            "width": 4,
        },
        name=name,
        customdata=[[one["n"], one["low"], one["high"]] for one in bins],
        hovertemplate=f"{name} %{{customdata[1]:.2f}} to %{{customdata[2]:.2f}}: %{{y:.2f}} of %{{customdata[0]}} items"
        "<extra></extra>",
    )


def _counts(bins: Sequence[dict[str, Any]], apart: float = 0.06) -> list[str]:
    """The number of items at each point that has room for it; the table has all of them."""
    said, last = [], -1.0
    for one in bins:
        has_room = one["mean_probability"] - last >= apart
        said.append(f"{one['n']:,}" if has_room else "")
        last = one["mean_probability"] if has_room else last
    return said


def _histogram(counts: Sequence[int], name: str, colour: str) -> go.Bar:
    width = 1 / len(counts)
    return go.Bar(
        x=[width * (k + 0.5) for k in range(len(counts))],
        y=list(counts),
        marker={"color": colour},
        opacity=0.6,
        yaxis="y2",
        name=name,
        showlegend=False,
        hovertemplate=f"{name}, around %{{x:.2f}}: %{{y}} items<extra></extra>",
    )


def _row(name: str, one: dict[str, Any]) -> list[Cell]:
    return [
        name, one["low"], one["high"], one["n"], one["positives"], one["mean_probability"], one["share"],
        one["share_low"], one["share_high"],
    ]  # fmt: skip


def losses(methods: dict[str, Any], labeler: str) -> Chart:
    """Log loss of every method on one scale."""
    points = []
    for name in in_order(methods):
        loss, colour = methods[name]["log_loss"], "baseline" if name in COMPARED else labeler
        why = loss["reason"] or methods[name]["why_not"]
        points.append(Point(NAMES[name], loss["value"], loss["low"], loss["high"], colour, loss["n"], why))
    note = "cross-fitted over the stored folds, 95 % intervals; lower is better"
    return forest("losses", "Log loss by method", note, points, axis="log loss (nats)", counted="items")


def risk_coverage(curves: dict[str, Any], labeler: str) -> Chart:
    """The share wrong among the surest items, from few to all."""
    figure = go.Figure()
    rows: list[list[Cell]] = []
    for name, curve in curves.items():
        points, colour = curve["points"], GREY if name == "raw" else COLOURS[labeler]
        x = [one["coverage"] for one in points]
        label = "Raw" if name == "raw" else "Calibrated"
        ends = [one["risk_high"] for one in points] + [one["risk_low"] for one in reversed(points)]
        figure.add_trace(
            go.Scatter(x=x + x[::-1], y=ends, fill="toself", fillcolor=colour, opacity=0.14, mode="lines",
                       line={"width": 0, "color": colour}, hoverinfo="skip", showlegend=False)
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(x=x, y=[one["risk"] for one in points], mode="lines+markers" if len(x) < 25 else "lines",
                       line={"color": colour, "width": 2, "dash": "dot" if name == "raw" else "solid"}, name=label,
                       customdata=[[one["threshold"], one["n"]] for one in points],
                       hovertemplate="%{x:.0%} decided (%{customdata[1]} items, confidence from %{customdata[0]:.2f}): "
                       "%{y:.1%} wrong<extra></extra>")
        )  # fmt: skip
        rows += [
            [label, one["threshold"], one["n"], one["coverage"], one["errors"], one["risk"], one["risk_low"],
             one["risk_high"]]
            for one in points
        ]  # fmt: skip
    figure.update_layout(
        xaxis={"range": [0, 1.02], "tickformat": ".0%", "title": {"text": "decided by the machine, surest first"}},
        yaxis={"tickformat": ".0%", "rangemode": "tozero", "title": {"text": "wrong among them"}},
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.12},
        margin={"t": 32},
    )
    areas = ", ".join(
        f"{'raw' if name == 'raw' else 'calibrated'} {curve['aurc']:.3f} (all items {curve['risk']['value']:.3f})"
        for name, curve in curves.items()
        if curve["aurc"] is not None
    )
    note = f"area under the curve, lower is better: {areas}; bands are 95 % intervals"
    columns = ["", "confidence from", "items", "coverage", "wrong", "share wrong", "low", "high"]
    return Chart("risk", "Wrong answers by coverage", note, plain(figure), columns, rows)


def charts_of(payload: dict[str, Any]) -> list[Chart]:
    """Every chart of a stored report."""
    report, labeler = payload["report"], payload["labeler"]
    found = [reliability(view, _of(view["key"], payload), report["chosen"], labeler) for view in report["views"]]
    found.append(risk_coverage(report["decisions"], labeler))
    if report["methods"]:
        found.append(losses(report["methods"], labeler))
    return found


def _of(key: str, payload: dict[str, Any]) -> str:
    """What a view's probability is of."""
    if key == "top":
        return "the likeliest level"
    return f"“{payload['levels'][int(key.removeprefix('level-'))]['label']}”"


def tables_of(payload: dict[str, Any]) -> list[Chart]:
    """The page's tables, for their CSV."""
    report = payload["report"]
    found = [_methods(report), _routing(report["routing"]), _sets(report["conformal"], payload["levels"])]
    return found + ([_thresholds(report["thresholds"])] if report["thresholds"] else [])


def _methods(report: dict[str, Any]) -> Chart:
    columns = ["method"]
    for name in ("log loss", "Brier score"):
        columns += [name, f"{name} low", f"{name} high"]
    for name in ("ECE equal width", "ECE equal mass"):
        columns += [name, f"{name} null low", f"{name} null high"]
    columns += ["reliability", "resolution", "uncertainty", "within bins", "items", "why not"]
    judged = report["views"][0]["methods"]
    rows: list[list[Cell]] = []
    for name in in_order(report["methods"]):
        method = report["methods"][name]
        row: list[Cell] = [NAMES[name]]
        for figure in (method["log_loss"], method["brier"]):
            row += [figure["value"], figure["low"], figure["high"]]
        for key in ("ece_equal_width", "ece_equal_mass"):
            row += [judged[name][key][part] for part in ("value", "null_low", "null_high")]
        row += [judged[name]["murphy"][part] for part in ("reliability", "resolution", "uncertainty", "within")]
        rows.append([*row, method["log_loss"]["n"], method["why_not"] or ""])
    return Chart("methods", "Methods", "", {}, columns, rows)


def _routing(routed: list[dict[str, Any]]) -> Chart:
    columns = ["error at most", "confidence from", "observed error", "certified bound", "decided", "share to people",
               "low", "high", "remark"]  # fmt: skip
    rows: list[list[Cell]] = []
    for one in routed:
        humans = one["humans"] or {"value": 1.0, "low": None, "high": None}
        rows.append([
            f"{one['error']:.0%}", one["threshold"], one["observed"], one["bound"], one["n_decided"], humans["value"],
            humans["low"], humans["high"], one["reason"] or "",
        ])  # fmt: skip
    return Chart("routing", "Routing", "", {}, columns, rows)


def _sets(conformal: dict[str, Any], levels: Sequence[dict[str, str]]) -> Chart:
    named = [(level["label"], one) for level, one in zip(levels, conformal["levels"], strict=True)]
    rows: list[list[Cell]] = [
        [name, one["value"], one["low"], one["high"], one["n"], one.get("reason") or ""]
        for name, one in [*named, ("all", conformal["overall"])]
    ]
    return Chart("sets", "Sets", "", {}, ["level", "held", "low", "high", "items", "remark"], rows)


def _thresholds(thresholds: dict[str, list[dict[str, Any]]]) -> Chart:
    columns = ["target", "raw score from", "observed", "certified bound", "items taken", "coverage", "remark"]
    rows: list[list[Cell]] = [
        [f"{what} {one['target']:.0%}", one["threshold"], one["value"], one["lower"], one["n_taken"], one["coverage"],
         one["reason"] or ""]
        for what in ("precision", "recall")
        for one in thresholds[what]
    ]  # fmt: skip
    return Chart("thresholds", "Thresholds", "", {}, columns, rows)
