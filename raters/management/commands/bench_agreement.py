"""How long the agreement of many ratings takes, with its intervals."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from raters.stats.agreement import agreement_report
from raters.stats.types import Ratings

ITEMS, OVERLAP, RATERS, LEVELS = 100_000, 3, 60, 2
REPLICATES = 2_000
GOAL_S = 1.0
RUNS = 3


class Command(BaseCommand):
    help = (
        f"Agreement of {ITEMS * OVERLAP:,} ratings, {REPLICATES:,} bootstrap replicates: seconds, the best of {RUNS}."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        ratings = simulated(np.random.default_rng(0))
        seconds = min(self._once(ratings) for _ in range(RUNS))
        figure = {"bench": "agreement_300k_2000", "value": round(seconds, 3), "unit": "s", "goal": GOAL_S}
        self.stdout.write(json.dumps({**figure, "ok": seconds <= GOAL_S}))

    def _once(self, ratings: Ratings) -> float:
        begun = time.perf_counter()
        agreement_report(ratings, level="nominal", seed=0, replicates=REPLICATES)
        return time.perf_counter() - begun


def simulated(rng: np.random.Generator) -> Ratings:
    """Raters of one skill on items of one truth each; every item by different raters."""
    truth = rng.integers(0, LEVELS, ITEMS)
    item = np.repeat(np.arange(ITEMS), OVERLAP)
    first = rng.integers(0, RATERS, ITEMS)
    rater = (np.repeat(first, OVERLAP) + np.tile(np.arange(OVERLAP), ITEMS)) % RATERS
    slips = rng.random(len(item)) < 0.2
    level = np.where(slips, 1 - truth[item], truth[item])
    return Ratings(item=item, rater=rater, level=level, n_items=ITEMS, n_raters=RATERS, q=LEVELS)
