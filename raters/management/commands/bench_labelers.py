"""How long it takes to hold many machines against many raters, and to find a consensus by a model of the raters."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand

from raters.stats.dawid_skene import dawid_skene
from raters.stats.leave_one_out import leave_one_out
from raters.stats.types import Ratings

from .bench_agreement import simulated, timed

ITEMS, RATERS, MACHINES = 100_000, 20, 10


class Command(BaseCommand):
    help = (
        f"Leave-one-out of {MACHINES} machines and {RATERS} raters on {ITEMS:,} items; Dawid-Skene of 300,000 labels."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rng = np.random.default_rng(0)
        truth = rng.integers(0, 2, ITEMS)
        labels = np.where(rng.random((ITEMS, RATERS + MACHINES)) < 0.8, truth[:, None], 1 - truth[:, None])
        panel = Ratings.from_matrix(labels[:, :RATERS], q=2)
        machines = {f"machine {k}": labels[:, RATERS + k] for k in range(MACHINES)}
        held = timed(lambda: leave_one_out(panel, machines, scale="binary", positive=1), 5.0, runs=2)
        self.stdout.write(json.dumps({"bench": "leave_one_out_10x20x100k", **held}))
        crowd = simulated(rng, ITEMS)
        self.stdout.write(json.dumps({"bench": "dawid_skene_300k", **timed(lambda: dawid_skene(crowd), 1.0)}))
