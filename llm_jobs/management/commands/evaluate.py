"""Machines against human raters: of a bare file, or of a golden set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from attributes.schema import SCALES, Level
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import contest_files, evaluation_figures, evaluations, students
from llm_jobs.domain.machine_labels import MachineLabels
from llm_jobs.models import Evaluation
from llm_jobs.queries import runs
from raters.domain import sets
from raters.domain.rating_files import Columns
from raters.stats.scorecard import Marking
from raters.stats.types import Scale


class Command(Base):
    help = (
        "Precision, recall and F1 of every machine and every rater, with intervals and tests: of FILE (no database row "
        "is written), or of CORPUS ATTRIBUTE."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument("--reference", choices=Evaluation.Reference.values, default="leave_one_out")
        parser.add_argument("--seed", type=int, default=0)
        of_corpus = parser.add_argument_group("of a corpus")
        of_corpus.add_argument("--definition", type=int, metavar="V")
        of_corpus.add_argument("--set", metavar="ID")
        of_corpus.add_argument("--split", choices=Evaluation.Split.values, default="dev")
        of_corpus.add_argument("--run", metavar="ID", help="only this run's annotator")
        of_corpus.add_argument("--student", metavar="ID", help="beside the annotators")
        of_file = parser.add_argument_group("of a file")
        of_file.add_argument("--llm", action="append", default=[], metavar="COL", help="a machine's labels; repeatable")
        of_file.add_argument("--gold", metavar="COL", help="adjudicated labels, for --reference adjudicated")
        of_file.add_argument("--scale", choices=SCALES, help="default: binary for two levels, else nominal")
        of_file.add_argument("--positive", metavar="LEVEL", help="of a binary scale (default: the last level)")
        of_file.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
        of_file.add_argument("--item", default="item_id", metavar="COL")
        of_file.add_argument("--rater", default="rater_id", metavar="COL")
        of_file.add_argument("--label", default="label", metavar="COL")

    def uses_database(self, **options: Any) -> bool:
        return len(options["target"]) == 2

    def work(self, **options: Any) -> dict[str, Any]:
        target = options["target"]
        if len(target) == 1:
            return self._of_file(Path(target[0]), options)
        if len(target) == 2:
            return self._of_set(target[0], target[1], options)
        raise BadInput("give a FILE, or CORPUS ATTRIBUTE")

    def _of_set(self, corpus: str, attribute: str, options: dict[str, Any]) -> dict[str, Any]:
        place = corpora.get(corpus)
        what = definitions.get_attribute(place, attribute)
        rating_set = sets.get_set(what, options["set"], version=options["definition"])
        run = runs.find(place, options["run"]) if options["run"] else None
        extra: tuple[MachineLabels, ...] = ()
        if options["student"]:
            student = students.find(place, options["student"])
            extra = (students.labels_on(student, rating_set, options["split"]),)
        evaluation = evaluations.evaluate(
            rating_set=rating_set,
            split=options["split"],
            reference=options["reference"],
            run=run,
            extra=extra,
            seed=options["seed"],
        )
        return {
            "corpus": place.slug,
            "attribute": what.slug,
            "evaluation": str(evaluation.uid),
            "inputs_hash": evaluation.inputs_hash,
            "inputs": evaluation.inputs,
            **evaluation.result,
        }

    def _of_file(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        adjudicated = options["reference"] == Evaluation.Reference.ADJUDICATED
        if adjudicated != bool(options["gold"]):
            raise BadInput("--gold and --reference adjudicated belong together")
        if not options["llm"] or options["gold"] in options["llm"]:
            raise BadInput("--llm is needed for a file: a column of a machine's labels, which is not that of --gold")
        named, ordinal = options["levels"], options["scale"] == "ordinal"
        machines = list(dict.fromkeys(options["llm"]))
        found = contest_files.read(
            file,
            Columns(options["item"], options["rater"], options["label"]),
            [*machines, *filter(None, [options["gold"]])],
            levels=[level.strip() for level in named.split(",")] if named else None,
            numeric=ordinal,
        )
        scale: Scale = options["scale"] or ("binary" if len(found.levels) == 2 else "nominal")
        positive = _positive(scale, found.levels, options["positive"])
        result = evaluation_figures.compute(
            ratings=found.ratings,
            codes={name: found.models[name] for name in machines},
            gold=found.models[options["gold"]] if adjudicated else None,
            levels=[Level(key=level, label=level) for level in found.levels],
            marking=Marking(scale, positive, options["seed"], evaluations.REPLICATES),
        )
        return {
            "file": file.name,
            "scale": scale,
            "levels": found.levels,
            "positive": None if positive is None else found.levels[positive],
            "levels_of_machines_only": found.model_only,
            "seed": options["seed"],
            **result,
        }


def _positive(scale: Scale, levels: list[str], named: str | None) -> int | None:
    if scale != "binary":
        if named:
            raise BadInput(f"--positive is for binary scales, not {scale} ones")
        return None
    if len(levels) != 2:
        raise BadInput(f"a binary scale has two levels, the file has {len(levels)}: {', '.join(levels)}")
    if named is not None and named not in levels:
        raise BadInput(f"--positive {named!r}: the levels are {', '.join(levels)}")
    return levels.index(named) if named is not None else 1
