"""Charts of the alternative annotator test."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from .chart import COLOURS, GREY, Chart, Point, forest, plain

PASSES_FROM = 0.5


def curve(payload: dict[str, Any], labeler: str) -> Chart:
    """The winning rate over epsilon, and the chance that a machine as good as the raters passes there."""
    points = payload["curve"]
    x = [point["epsilon"] for point in points]
    rate = [point["winning_rate"] for point in points]
    power = [point["power"] for point in points]
    figure = go.Figure(
        [
            go.Scatter(x=x, y=rate, mode="lines+markers", name="winning rate",
                       line={"color": COLOURS[labeler], "width": 2, "shape": "hv"}, marker={"size": 7}),
            go.Scatter(x=x, y=power, mode="lines", name="an equally good machine passes",
                       line={"color": GREY, "width": 2, "dash": "dot"}),
        ]
    )  # fmt: skip
    figure.add_hline(
        y=PASSES_FROM,
        line={"color": GREY, "width": 1, "dash": "dash"},
        annotation={"text": "passes from here", "font": {"color": GREY}},
    )
    figure.add_vline(
        x=payload["epsilon"],
        line={"color": GREY, "width": 1, "dash": "dash"},
        annotation={"text": f"epsilon {payload['epsilon']:g}", "yanchor": "bottom", "font": {"color": GREY}},
    )
    figure.update_layout(
        xaxis={"title": {"text": "epsilon"}},
        yaxis={"title": {"text": "share"}, "range": [-0.03, 1.03]},
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.28},
        margin={"t": 28},
    )
    rows = [[f"{e:g}", r, p, "yes" if r >= PASSES_FROM else "no"] for e, r, p in zip(x, rate, power, strict=True)]
    note = "share of raters the machine holds against; dotted: the chance of an equally good machine to pass"
    columns = ["epsilon", "winning rate", "power", "passes"]
    return Chart("curve", "Winning rate over epsilon", note, plain(figure), columns, rows)


def differences(payload: dict[str, Any]) -> Chart:
    """Each rater's lead over the machine, against epsilon."""
    points = [
        Point(row["rater"], row["difference"], row["low"], row["high"], "human", row["n"], row["reason"])
        for row in payload["raters"]
    ]
    note = "rho of the rater minus rho of the machine; the machine holds where it lies below epsilon beyond chance"
    return forest(
        "differences", "How far each rater is ahead of the machine", note, points, axis="rater ahead by",
        reference=payload["epsilon"], reference_label=f"epsilon {payload['epsilon']:g}", counted="items",
    )  # fmt: skip


def table(payload: dict[str, Any]) -> Chart:
    """The raters' rows, for their CSV."""
    names = ["rater", "n", "rho_f", "rho_h", "difference", "low", "high", "p", "p_adjusted", "rejected"]
    rows = [[int(row[name]) if name == "rejected" else row[name] for name in names] for row in payload["raters"]]
    return Chart("raters", "Raters", "", {}, ["rater", "items", *names[2:-1], "machine holds"], rows)
