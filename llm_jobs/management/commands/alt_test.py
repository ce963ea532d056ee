"""May a model stand in for a human rater? The alternative annotator test of a bare file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import contest_files
from raters.domain.rating_files import Columns
from raters.stats.alt_test import CORRECTIONS, EPSILON, MIN_ITEMS_PER_RATER, Q, alt_test
from raters.stats.alt_test_power import verdict
from raters.stats.contests import contests


class Command(Base):
    help = "The alternative annotator test of FILE, one row a rating; no database row is read or written."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument(
            "--llm", required=True, metavar="COL", help="the model's labels, repeated in an item's rows"
        )
        parser.add_argument("--score", choices=["accuracy", "neg_rmse"], default="accuracy")
        parser.add_argument("--epsilon", type=float, default=EPSILON)
        parser.add_argument("--q", type=float, default=Q, help="false discovery rate over the raters")
        parser.add_argument("--correction", choices=CORRECTIONS, default="by")
        parser.add_argument("--min-items", type=int, default=MIN_ITEMS_PER_RATER, help="of a rater who is tested")
        parser.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
        parser.add_argument("--item", default="item_id", metavar="COL")
        parser.add_argument("--rater", default="rater_id", metavar="COL")
        parser.add_argument("--label", default="label", metavar="COL")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return False

    def work(self, **options: Any) -> dict[str, Any]:
        _check(options)
        file, score = Path(options["file"]), options["score"]
        named = options["levels"]
        found = contest_files.read(
            file,
            Columns(options["item"], options["rater"], options["label"]),
            options["llm"],
            levels=[level.strip() for level in named.split(",")] if named else None,
            numeric=score == "neg_rmse",
        )
        test = alt_test(
            found.ratings,
            found.model,
            score=score,
            epsilon=options["epsilon"],
            q=options["q"],
            min_items=options["min_items"],
            correction=options["correction"],
        )
        said = verdict(test, contests(found.ratings, found.model, score=score), seed=options["seed"])
        return {
            "file": file.name,
            "llm": options["llm"],
            "levels": found.levels,
            "levels_of_the_model_only": found.model_only,
            "n_items_without_llm": found.without_model,
            "correction": options["correction"],
            "seed": options["seed"],
            **test.as_dict(),
            "verdict": said.as_dict(),
        }


def _check(options: dict[str, Any]) -> None:
    if not 0 <= options["epsilon"] <= 1:
        raise BadInput(f"--epsilon lies in 0..1, not {options['epsilon']}")
    if not 0 < options["q"] < 1:
        raise BadInput(f"--q lies between 0 and 1, not {options['q']}")
    if options["min_items"] < 2:
        raise BadInput(f"--min-items: at least 2, not {options['min_items']}")
    if options["seed"] < 0:
        raise BadInput("--seed: at least 0")
