"""What the raters of a bare file say together, item by item."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandParser

from labelhub.lib.commands import Command as Base
from raters.management import rating_file
from raters.stats.consensus import label_distribution, majority
from raters.stats.dawid_skene import dawid_skene
from raters.stats.types import BoolArray, FloatArray, IntArray, Ratings

METHODS = ("majority", "dawid_skene")


class Command(Base):
    help = "Label and distribution of each item of FILE (long: item, rater, label). Ties stay ties."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--method", choices=METHODS, default="majority")
        rating_file.add_arguments(parser)

    def uses_database(self, **options: Any) -> bool:
        return False

    def work(self, **options: Any) -> dict[str, Any]:
        levels, items, ratings = rating_file.read(options["file"], "nominal", options)
        counts = ratings.counts()
        votes = label_distribution(counts)
        model: dict[str, Any] = {}
        if options["method"] == "majority":
            found = majority(counts)
            label, top, distribution = found.level, found.top, votes
        else:
            label, top, distribution, model = _modelled(ratings, levels)
        rows = [
            _row(item, int(label[i]), top[i], distribution[i], votes[i], int(counts[i].sum()), levels)
            for i, item in enumerate(items)
        ]
        return {
            "file": options["file"].name,
            "method": options["method"],
            "levels": levels,
            "n_items": len(items),
            "n_raters": ratings.n_raters,
            "n_labels": len(ratings),
            "n_ties": sum(row["tie"] for row in rows),
            **model,
            "items": rows,
        }


def _modelled(ratings: Ratings, levels: list[str]) -> tuple[IntArray, BoolArray, FloatArray, dict[str, Any]]:
    found = dawid_skene(ratings)
    top = found.probability >= found.probability.max(axis=1, keepdims=True) - 1e-9
    model = {
        "prior": dict(zip(levels, found.prior.tolist(), strict=True)),
        "log_likelihood": found.log_likelihood,
        "iterations": found.iterations,
        "converged": found.converged,
        "confusion": dict(zip(ratings.rater_names, found.confusion.tolist(), strict=True)),
        "warnings": list(found.warnings),
    }
    return found.level, top, found.probability, model


def _row(
    item: str, label: int, top: BoolArray, distribution: FloatArray, votes: FloatArray, n: int, levels: list[str]
) -> dict[str, Any]:
    """An item; `label` is null in a tie, and then `tied` names the levels. `votes` are shares of its ratings."""
    tie = label < 0
    return {
        "item_id": item,
        "label": None if tie else levels[label],
        "tie": tie,
        "tied": [levels[k] for k in np.flatnonzero(top)] if tie else [],
        "n_labels": n,
        "distribution": dict(zip(levels, distribution.tolist(), strict=True)),
        "votes": dict(zip(levels, votes.tolist(), strict=True)),
    }
