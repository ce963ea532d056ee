"""How frequent something is: in a bare file, or an attribute in a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import machines, prevalence, prevalence_files
from llm_jobs.domain.prevalence import ALL, DEV
from llm_jobs.domain.prevalence_files import PrevalenceColumns
from raters.domain import sets
from raters.stats.prevalence_report import prevalence_report

DEFAULT = PrevalenceColumns()


class Command(Base):
    help = (
        "Prevalence from FILE, one row an item with the model's label and some with a human's (no database is needed), "
        "or of ATTRIBUTE in CORPUS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument("--label", default=DEFAULT.label, metavar="COL", help="the human answer, or empty")
        parser.add_argument("--llm", default=DEFAULT.llm, metavar="COL")
        parser.add_argument("--probability", default=DEFAULT.probability, metavar="COL")
        parser.add_argument("--inclusion", default=DEFAULT.inclusion, metavar="COL", help="of the golden items")
        parser.add_argument("--tuning", metavar="COL", help="1 on items the model was made with: they are left out")
        parser.add_argument("--item", default=DEFAULT.item, metavar="COL")
        parser.add_argument("--positive", metavar="LABEL", help="the label that counts (default: 1 and 0 are expected)")
        parser.add_argument("--annotator", metavar="NAME", help="only this machine (default: all that labeled)")
        parser.add_argument("--set", metavar="ID")
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--split", choices=[DEV, ALL], default=DEV, help="gold that machines are looked at on")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return len(options["target"]) == 2

    def work(self, **options: Any) -> dict[str, Any]:
        target = options["target"]
        if options["seed"] < 0:
            raise BadInput("--seed: at least 0")
        if len(target) == 1:
            return self._of_file(Path(target[0]), options)
        if len(target) == 2:
            return self._of_corpus(target[0], target[1], options)
        raise BadInput("give a FILE, or CORPUS ATTRIBUTE")

    def _of_corpus(self, corpus: str, slug: str, options: dict[str, Any]) -> dict[str, Any]:
        attribute = definitions.get_attribute(corpora.get(corpus), slug)
        rating_set = sets.get_set(attribute, options["set"], version=options["definition"])
        of, name = rating_set.definition, options["annotator"]
        asked = [machines.named(of, name)] if name else machines.of_definition(of)
        found, problems = [], []
        for machine in asked:
            try:
                found.append(prevalence.with_machine(rating_set, machine, split=options["split"], seed=options["seed"]))
            except BadInput as error:
                if name:
                    raise
                problems.append(str(error))
        return {
            "corpus": corpus,
            "attribute": slug,
            "definition": rating_set.definition.hash,
            "levels": [level.key for level in attribute.levels.all()],
            "positive": prevalence.positive(attribute),
            "golden": prevalence.golden(rating_set, seed=options["seed"]),
            "machines": found,
            "problems": problems,
        }

    def _of_file(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
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
