"""How frequent something is in a corpus, from a bare file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import prevalence_files
from llm_jobs.domain.prevalence_files import PrevalenceColumns
from raters.stats.prevalence_report import prevalence_report

DEFAULT = PrevalenceColumns()


class Command(Base):
    help = (
        "Prevalence from FILE, one row an item with the model's label and some with a human's; no database is needed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--label", default=DEFAULT.label, metavar="COL", help="the human answer, or empty")
        parser.add_argument("--llm", default=DEFAULT.llm, metavar="COL")
        parser.add_argument("--probability", default=DEFAULT.probability, metavar="COL")
        parser.add_argument("--inclusion", default=DEFAULT.inclusion, metavar="COL", help="of the golden items")
        parser.add_argument("--tuning", metavar="COL", help="1 on items the model was made with: they are left out")
        parser.add_argument("--item", default=DEFAULT.item, metavar="COL")
        parser.add_argument("--positive", metavar="LABEL", help="the label that counts (default: 1 and 0 are expected)")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return False

    def work(self, **options: Any) -> dict[str, Any]:
        if options["seed"] < 0:
            raise BadInput("--seed: at least 0")
        file = Path(options["file"])
        names = ("label", "llm", "probability", "inclusion", "tuning", "item", "positive")
        found = prevalence_files.read(file, PrevalenceColumns(**{name: options[name] for name in names}))
        report = prevalence_report(
            found.labelled,
            probabilities=found.probabilities,
            tuning=found.tuning,
            gold_only=found.gold_only,
            seed=options["seed"],
        )
        return {
            "file": file.name,
            "seed": options["seed"],
            "weighted": found.weighted,
            "n_without_llm": found.without_llm,
            **report,
        }
