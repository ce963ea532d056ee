"""Figures for the chart component: plain Plotly dictionaries with colours by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def training_curve(curve: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Loss by epoch, train and validation, and the epoch whose weights were kept."""
    best = min(curve, key=lambda point: point["validation_loss"])
    last = curve[-1]
    train = [point for point in curve if point["train_loss"] is not None]
    data = [
        _line("Validation", curve, "validation_loss", "var(--student)"),
        _line("Training", train, "train_loss", "var(--edge)"),
        {
            "type": "scatter",
            "mode": "markers",
            "x": [best["epoch"]],
            "y": [best["validation_loss"]],
            "marker": {"size": 10, "color": "var(--student)"},
            "hovertemplate": "kept: epoch %{x}<extra></extra>",
        },
    ]
    ends = [("validation", last["validation_loss"], "var(--student)")]
    ends += [("training", train[-1]["train_loss"], "var(--edge)")] if train else []
    labels = [
        {"x": last["epoch"], "y": y, "text": text, "showarrow": False, "xanchor": "left", "font": {"color": color}}
        for text, y, color in ends
    ]
    layout = {"xaxis": {"title": {"text": "Epoch"}}, "yaxis": {"title": {"text": "Loss, nats"}}, "annotations": labels}
    return {
        "figure": {"data": data, "layout": layout | {"margin": {"r": 80}}},
        "columns": ["Epoch", "Training loss", "Validation loss"],
        "rows": [[str(p["epoch"]), _number(p["train_loss"]), _number(p["validation_loss"])] for p in curve],
        "note": f"soft cross-entropy; epoch {best['epoch']} of {last['epoch']} was kept",
    }


def _line(name: str, points: Sequence[dict[str, Any]], key: str, color: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [point["epoch"] for point in points],
        "y": [point[key] for point in points],
        "line": {"color": color, "width": 2},
    }


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.4f}"
