"""What the machines of an evaluation cost and how long they took, from the ledger of paid requests."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from llm_jobs.models import Annotator, Evaluation, Run, RunItem
from llm_jobs.queries.requests import Latency, latency_of

WHY_FREE = {
    Annotator.Backend.LOCAL: "no paid request",
    Annotator.Backend.IMPORTED: "labeled elsewhere",
}


@dataclass(frozen=True)
class Expense:
    """Micro-USD per 1,000 items and the latency of a request; `reason` says why either is not known."""

    cost_per_1000: int | None
    latency: Latency | None
    reason: str

    @property
    def seconds(self) -> float | None:
        return self.latency.median_ms / 1000 if self.latency else None


STUDENT = Expense(None, None, "no paid request")


def of_annotators(evaluation: Evaluation, annotators: dict[str, Annotator]) -> dict[str, Expense]:
    """Name -> what it cost; two queries."""
    costs = costs_of(evaluation)
    runs = [uid for entry in evaluation.inputs["annotators"] for uid in entry["runs"]]
    latencies = latency_of(runs)
    return {
        name: Expense(
            costs.get(name),
            latencies.get(name),
            WHY_FREE.get(Annotator.Backend(one.backend), "no request was answered"),
        )
        for name, one in annotators.items()
    }


def costs_of(evaluation: Evaluation) -> dict[str, int]:
    """Annotator -> micro-USD per 1,000 items of its runs, where a run has cost anything."""
    uids = {uid: entry["name"] for entry in evaluation.inputs["annotators"] for uid in entry["runs"]}
    done = Count("run_items", filter=Q(run_items__state__in=[RunItem.State.DONE, RunItem.State.FAILED]))
    spent: dict[str, list[int]] = {}
    runs = Run.objects.filter(uid__in=list(uids), spent__gt=0).annotate(done=done)
    for uid, cost, n in runs.values_list("uid", "spent", "done"):
        total = spent.setdefault(uids[str(uid)], [0, 0])
        total[0] += cost
        total[1] += n
    return {name: 1000 * cost // n for name, (cost, n) in spent.items() if n}
