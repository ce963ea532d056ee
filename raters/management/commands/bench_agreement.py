"""How long the agreement of many ratings takes, with and without its intervals."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from raters.stats.agreement import agreement_report
from raters.stats.types import Ratings

OVERLAP, RATERS, LEVELS = 3, 60, 2
REPLICATES = 2_000
RUNS = 3
FIGURES = (
    # name, items, replicates, seconds at most
    ("agreement_300k_2000", 100_000, REPLICATES, 1.0),
    ("agreement_1m", 333_334, 0, 1.0),
    ("agreement_1m_2000", 333_334, REPLICATES, 3.0),
)


class Command(BaseCommand):
    help = f"Agreement of 300,000 and of a million ratings, with {REPLICATES:,} replicates and without: best of {RUNS}."

    def handle(self, *args: Any, **options: Any) -> None:
        for name, items, replicates, goal in FIGURES:
            ratings = simulated(np.random.default_rng(0), items)

            def report(ratings: Ratings = ratings, replicates: int = replicates) -> None:
                agreement_report(ratings, level="nominal", seed=0, replicates=replicates)

            self.stdout.write(json.dumps({"bench": name, **timed(report, goal)}))


def timed(work: Callable[[], object], goal: float, runs: int = RUNS) -> dict[str, object]:
    """Seconds of the best of several runs, and how large a part of the goal they are."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    best = min(seconds)
    return {"value": round(best, 3), "unit": "s", "goal": goal, "ratio": round(best / goal, 3), "ok": best <= goal}


def simulated(rng: np.random.Generator, items: int) -> Ratings:
    """Raters of one skill on items of one truth each; every item by different raters."""
    truth = rng.integers(0, LEVELS, items)
    item = np.repeat(np.arange(items), OVERLAP)
    first = rng.integers(0, RATERS, items)
    rater = (np.repeat(first, OVERLAP) + np.tile(np.arange(OVERLAP), items)) % RATERS
    slips = rng.random(len(item)) < 0.2
    level = np.where(slips, 1 - truth[item], truth[item])
    return Ratings(item=item, rater=rater, level=level, n_items=items, n_raters=RATERS, q=LEVELS)
