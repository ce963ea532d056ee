"""The request ledger, read for reports."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Aggregate, Count, FloatField

from ..models import Request


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Latency:
    """Median milliseconds from sending a request to its reply, over n answered ones."""

    median_ms: float
    n: int


def latency_of(runs: Collection[uuid.UUID | str]) -> dict[str, Latency]:
    """Annotator -> latency of these runs' answered requests; those that sent none are not there."""
    answered = Request.objects.filter(run_item__run__uid__in=list(runs), latency_ms__isnull=False)
    rows = answered.values("run_item__run__annotator__name").annotate(n=Count("pk"), median=Median("latency_ms"))
    return {row["run_item__run__annotator__name"]: Latency(row["median"], row["n"]) for row in rows.order_by()}
