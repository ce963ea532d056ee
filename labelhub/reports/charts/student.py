"""Charts of the student report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from .chart import COLOURS, GREY, Chart, Point, forest, plain


def curve(epochs: Sequence[dict[str, Any]]) -> Chart:
    """Loss on training and validation items over the epochs."""
    x = [entry["epoch"] for entry in epochs]
    train = [entry["train_loss"] for entry in epochs]
    validation = [entry["validation_loss"] for entry in epochs]
    figure = go.Figure(
        [
            go.Scatter(x=x, y=train, mode="lines", name="training", line={"color": GREY, "width": 2, "dash": "dot"}),
            go.Scatter(x=x, y=validation, mode="lines", name="validation",
                       line={"color": COLOURS["student"], "width": 2}),
        ]
    )  # fmt: skip
    figure.update_layout(
        xaxis={"title": {"text": "epoch"}, "rangemode": "tozero"},
        yaxis={"title": {"text": "loss"}, "rangemode": "tozero"},
        showlegend=True,
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.12},
        margin={"t": 32},
    )
    rows = [[str(e), t, v] for e, t, v in zip(x, train, validation, strict=True)]
    return Chart(
        "curve", "Training curve", "soft cross-entropy", plain(figure), ["epoch", "training", "validation"], rows
    )


def beside(key: str, title: str, rows: Sequence[tuple[dict[str, Any], str]], goal: float) -> Chart:
    """The student beside its teacher and the raters on the same items: stored rows with their labelers."""
    points = [
        Point(row["name"], figure["value"], figure["low"], figure["high"], labeler, row["n_pairs"], figure["reason"])
        for row, labeler in rows
        for figure in [row["f1"]]
    ]
    return forest(
        key, title, "same items, 95 % intervals", points, axis="F1", reference=goal,
        reference_label=f"goal {goal:.2f}", counted="pairs",
    )  # fmt: skip
