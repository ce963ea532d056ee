"""Whether scores are probabilities, and which calibrator makes them so: of a bare file, or of a machine of a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput, Refused
from llm_jobs.domain import calibration_files, calibrations, machines
from llm_jobs.domain.calibration_files import ScoreColumns
from raters.domain import sets
from raters.stats.calibration import calibrate
from raters.stats.calibration_error import reliability_table
from raters.stats.calibration_report import calibration_report

DEFAULT = ScoreColumns()


class Command(Base):
    help = (
        "Calibrate the scores of FILE: columns score = P(positive) in 0..1 and label = 0 or 1, one row an item. Or "
        "those of a machine of CORPUS ATTRIBUTE on its dev gold; that map is kept and serves from then on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument("--score", default=DEFAULT.score, metavar="COL")
        parser.add_argument("--label", default=DEFAULT.label, metavar="COL")
        parser.add_argument("--item", metavar="COL", help="refuse an item that stands there twice (default: item_id)")
        parser.add_argument("--group", metavar="COL", help="items of one group, as of one video, share a fold")
        parser.add_argument("--annotator", metavar="NAME", help="an annotator, a student, or `student`: the newest one")
        parser.add_argument("--set", metavar="ID")
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return len(options["target"]) == 2

    def work(self, **options: Any) -> dict[str, Any]:
        target = options["target"]
        if len(target) == 1:
            return self._of_file(Path(target[0]), options)
        if len(target) == 2:
            return self._of_machine(target[0], target[1], options)
        raise BadInput("give a FILE, or CORPUS ATTRIBUTE")

    def _of_machine(self, corpus: str, slug: str, options: dict[str, Any]) -> dict[str, Any]:
        attribute = definitions.get_attribute(corpora.get(corpus), slug)
        rating_set = sets.get_set(attribute, options["set"], version=options["definition"])
        machine = machines.named(rating_set.definition, options["annotator"])
        sample = calibrations.sample(rating_set, machine)
        inputs = calibrations.inputs_of(rating_set, machine, sample, seed=options["seed"])
        found, report = calibration_report(sample.judged, seed=options["seed"])
        kept = calibrations.store(rating_set=rating_set, machine=machine, found=found, inputs=inputs, user=None)
        if kept is None:
            raise Refused(f"no calibrator: {found.reason}")
        return {
            "corpus": corpus,
            "attribute": slug,
            "machine": machine.name,
            "rating_set": str(rating_set.uid),
            "calibration": str(kept.uid),
            "hash": kept.hash,
            "inputs": inputs,
            "left_out": sample.left_out,
            "levels": list(rating_set.definition.parsed().level_keys),
            **report,
        }

    def _of_file(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        names = ("score", "label", "item", "group")
        table = calibration_files.read(file, ScoreColumns(**{name: options[name] for name in names}))
        folds = calibration_files.folds(table.groups, options["seed"]) if options["group"] else None
        found = calibrate(table.score, table.label, folds, seed=options["seed"])
        shown = next((method for method in found.methods if method.name == found.chosen), None)
        bins = reliability_table(shown.probability, table.label) if shown else []
        return {
            "file": file.name,
            "seed": options["seed"],
            "n_without_label": table.n_without_label,
            "n_without_score": table.n_without_score,
            **found.as_dict(),
            "reliability": [row.as_dict() for row in bins],
        }
