"""Train a student on a teacher's labels."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from llm_jobs.domain import silver, students
from llm_jobs.domain.student_report import report


class Command(Base):
    help = "Freeze a silver set from a teacher's labels and train a student with a head per ATTRIBUTE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute", nargs="+")
        parser.add_argument("--teacher", metavar="NAME")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--split", choices=["dev", "test", "all"], default="dev")

    def work(self, *, corpus: str, attribute: list[str], **options: Any) -> dict[str, Any]:
        place = corpora.get(corpus)
        chosen = [
            definitions.latest_published(definitions.get_attribute(place, slug)) for slug in dict.fromkeys(attribute)
        ]
        teachers = [(definition, silver.teacher_of(definition, options["teacher"])) for definition in chosen]
        silver_set = silver.freeze(corpus=place, teachers=teachers, seed=options["seed"])
        student = students.train(
            silver=silver_set, definitions=chosen, seed=options["seed"], on_progress=self._progress
        )
        return {
            "student": str(student.uid),
            "sha256": student.sha256,
            "silver": str(silver_set.uid),
            "silver_hash": silver_set.hash,
            "teachers": {definition.attribute.slug: teacher.name for definition, teacher in teachers},
            "n_train": student.metrics["n"]["train"],
            **report(student, split=options["split"], seed=options["seed"]),
        }

    def _progress(self, epoch: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\repoch {epoch} of at most {total}", ending="")
