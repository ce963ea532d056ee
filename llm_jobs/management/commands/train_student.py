"""Train a student on a teacher's labels."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import silver, students
from llm_jobs.domain.student_report import report
from llm_jobs.models import Evaluation
from raters.domain import sets


class Command(Base):
    help = "Freeze a silver set from a teacher's labels and train a student with a head per ATTRIBUTE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute", nargs="+")
        parser.add_argument("--teacher", metavar="NAME", help="needed where several annotators have labeled")
        parser.add_argument("--definition", type=int, metavar="V", help="of the one attribute")
        parser.add_argument("--set", metavar="ID", help="the golden set of the one attribute that F1 is measured on")
        parser.add_argument("--split", choices=Evaluation.Split.values, default="dev")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, **options: Any) -> dict[str, Any]:
        corpus = corpora.get(options["corpus"])
        attributes = [definitions.get_attribute(corpus, slug) for slug in dict.fromkeys(options["attribute"])]
        if len(attributes) > 1 and (options["definition"] or options["set"]):
            raise BadInput("--definition and --set belong to one attribute: train one at a time")
        if options["seed"] < 0:
            raise BadInput("--seed: at least 0")
        rating_set = sets.get_set(attributes[0], options["set"]) if options["set"] else None
        chosen = [definitions.get_version(attribute, options["definition"]) for attribute in attributes]
        teachers = [(definition, silver.teacher_of(definition, options["teacher"])) for definition in chosen]
        silver_set = silver.freeze(corpus=corpus, teachers=teachers, seed=options["seed"])
        student = students.train(
            silver=silver_set, definitions=chosen, seed=options["seed"], on_progress=self._progress
        )
        return {
            "student": str(student.uid),
            "sha256": student.sha256,
            "encoder": str(student.encoder),
            "silver": str(silver_set.uid),
            "silver_hash": silver_set.hash,
            "data_hash": student.metrics["data_hash"],
            "definitions": {definition.attribute.slug: definition.hash for definition in chosen},
            "teachers": {definition.attribute.slug: teacher.name for definition, teacher in teachers},
            "n_train": student.metrics["n"]["train"],
            **report(student, rating_set=rating_set, split=options["split"], seed=options["seed"]),
        }

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done} of at most {total}", ending="")
