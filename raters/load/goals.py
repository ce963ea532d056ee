"""What is asked of the rating screen's speed, and whether a figure meets it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .figures import ratio
from .phase import Crowd

ONE_P50_MS = 8.0
LABELS_PER_S = 300.0  # of 32 raters who do not think
THINKING_P95_MS = 60.0
FLAT = 1.3


def goal_of(crowd: Crowd, line: Mapping[str, Any]) -> dict[str, Any]:
    """The figure that counts for this crowd: value, unit, goal, ok."""
    if crowd.think_s:
        return _at_most(line["p95_ms"], "ms", THINKING_P95_MS)
    if crowd.raters == 1:
        return _at_most(line["p50_ms"], "ms", ONE_P50_MS)
    figure = {"value": line["labels_per_s"], "unit": "labels/s"}
    if crowd.raters < 32:
        return figure
    return {**figure, "goal": LABELS_PER_S, "ok": line["labels_per_s"] >= LABELS_PER_S}


def flatness(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of each crowd, the largest corpus against the smallest: how many times slower the answer and the whole are."""
    by_crowd: dict[tuple[int, float], list[Mapping[str, Any]]] = {}
    for line in lines:
        if line["bench"] == "raters_load":
            by_crowd.setdefault((line["raters"], line["think_s"]), []).append(line)
    return [_flat(raters, think_s, found) for (raters, think_s), found in by_crowd.items() if len(found) > 1]


def _flat(raters: int, think_s: float, lines: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Of raters who leave the server no pause, all together count: how long one of them waits says which of the web
    processes their connection came to."""
    small, large = (pick(lines, key=lambda line: line["items"]) for pick in (min, max))
    slower = round(ratio(large["p50_ms"], small["p50_ms"]), 3)
    fewer = round(ratio(small["labels_per_s"], large["labels_per_s"]), 3)
    return {
        "bench": "raters_flat",
        "raters": raters,
        "think_s": think_s,
        "items": [small["items"], large["items"]],
        "p50_ratio": slower,
        "labels_ratio": fewer,
        **_at_most(slower if think_s or raters == 1 else fewer, "times", FLAT),
    }


def _at_most(value: float, unit: str, goal: float) -> dict[str, Any]:
    return {"value": value, "unit": unit, "goal": goal, "ok": value <= goal}
