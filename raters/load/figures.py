"""Latencies and rates in figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

PERCENTILES = (50, 95, 99)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Nearest rank: the smallest value that `percent` of all values do not exceed; NaN of nothing.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 50)
    2.0
    >>> percentile([1.0, 2.0, 3.0, 4.0], 95)
    4.0
    """
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def latencies(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: p50, p95, p99 and the longest."""
    ordered = sorted(1000 * value for value in seconds)
    found = {f"p{percent}_ms": round(percentile(ordered, percent), 2) for percent in PERCENTILES}
    return {**found, "max_ms": round(ordered[-1], 2) if ordered else math.nan}


def ratio(value: float, base: float) -> float:
    """NaN where the base is nothing."""
    return round(value / base, 6) if base else math.nan
