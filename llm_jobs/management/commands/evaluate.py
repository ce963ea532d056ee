"""Annotators against human raters on a golden set."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from llm_jobs.domain import evaluations, students
from llm_jobs.domain.machines import MachineLabels
from llm_jobs.models import Evaluation
from llm_jobs.queries import runs
from raters.domain import sets


class Command(Base):
    help = "Precision, recall and F1 of every annotator and every rater, with intervals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute")
        parser.add_argument("--reference", choices=Evaluation.Reference.values, default="leave_one_out")
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--set", metavar="ID")
        parser.add_argument("--split", choices=Evaluation.Split.values, default="dev")
        parser.add_argument("--run", metavar="ID", help="only this run's annotator")
        parser.add_argument("--student", metavar="ID", help="beside the annotators")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> dict[str, Any]:
        place = corpora.get(options["corpus"])
        what = definitions.get_attribute(place, options["attribute"])
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
