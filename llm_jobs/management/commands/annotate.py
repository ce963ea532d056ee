"""Let an annotator label items, in the foreground."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import annotators, runs, selection
from llm_jobs.domain.work import work
from llm_jobs.queries import runs as queries


class Command(Base):
    help = "Annotate items of CORPUS with `local`, `claude` or `claude-MODEL`."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute")
        parser.add_argument("--annotator", required=True, metavar="NAME")
        parser.add_argument("--items", required=True, metavar="golden|all|N", help="N = a random sample")
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--set", metavar="ID", help="which golden set --items golden means")
        parser.add_argument("--budget", type=float, default=0.0, metavar="USD", help="hard limit of a paid run")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> dict[str, Any]:
        place = corpora.get(options["corpus"])
        what = definitions.get_attribute(place, options["attribute"])
        definition = definitions.get_version(what, options["definition"])
        chosen, purpose = selection.items_for(what, options["items"], rating_set=options["set"], seed=options["seed"])
        if options["budget"] < 0:
            raise BadInput("--budget: at least 0")
        run = runs.create(
            annotator=annotators.resolve(place, options["annotator"]),
            definitions=[definition],
            items=chosen,
            purpose=purpose,
            budget=round(options["budget"] * 1_000_000),
            seed=options["seed"],
        )
        run = work(run)
        return {
            "run": str(run.uid),
            "annotator": run.annotator.name,
            "fingerprint": run.annotator.fingerprint,
            "definition": definition.hash,
            "version": definition.version,
            "state": run.state,
            "pause_reason": run.pause_reason or None,
            "counts": queries.counts(run),
            "failures": queries.failures(run),
            "cost": run.spent / 1_000_000,
        }
