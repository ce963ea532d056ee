"""How long the report of machines against humans takes on very many ratings, with its intervals and tests."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from attributes.schema import Level
from llm_jobs.domain import evaluation_figures
from llm_jobs.domain.machine_labels import Codes
from raters.stats.scorecard import Marking
from raters.stats.types import Ratings

ITEMS, RATERS, ANNOTATORS, LEVELS = 100_000, 20, 10, 2
GOAL_S = 5.0


class Command(BaseCommand):
    help = f"Figures of {ANNOTATORS} annotators beside {RATERS} raters of {ITEMS:,} items: seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        ratings, machines = simulated(np.random.default_rng(0))
        levels = [Level(key=str(level), label=str(level)) for level in range(LEVELS)]
        begun = time.perf_counter()
        evaluation_figures.compute(
            ratings=ratings, codes=machines, gold=None, levels=levels, marking=Marking("binary", 1)
        )
        seconds = time.perf_counter() - begun
        figure = {"bench": "evaluation_10x20x100k", "value": round(seconds, 3), "unit": "s", "goal": GOAL_S}
        self.stdout.write(json.dumps({**figure, "ok": seconds <= GOAL_S}))


def simulated(rng: np.random.Generator) -> tuple[Ratings, dict[str, Codes]]:
    """Every rater rates every item; machines are a little better the one than the other."""
    truth = rng.integers(0, LEVELS, ITEMS)
    slips = rng.random((ITEMS, RATERS)) < 0.2
    labels = np.where(slips, 1 - truth[:, None], truth[:, None])
    machines = {
        f"annotator {k}": np.where(rng.random(ITEMS) < 0.15 + 0.01 * k, 1 - truth, truth) for k in range(ANNOTATORS)
    }
    return Ratings.from_matrix(labels, q=LEVELS), machines
