"""Score the whole corpus with a student and publish the scores."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from llm_jobs.domain import scores, students


class Command(Base):
    help = "Score every item of CORPUS; the scores of ATTRIBUTE serve from then on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute")
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--student", metavar="ID", help="the newest one of the attribute by default")
        parser.add_argument("--no-publish", action="store_true", help="build the scores, publish nothing")

    def work(self, **options: Any) -> dict[str, Any]:
        corpus = corpora.get(options["corpus"])
        attribute = definitions.get_attribute(corpus, options["attribute"])
        definition = definitions.get_version(attribute, options["definition"])
        student = students.find(corpus, options["student"], attribute=attribute)
        if not student.heads.filter(definition=definition).exists():
            raise BadInput(f"{student} was not trained for {definition}: train a student for this version")
        publish = not options["no_publish"]
        score_set = scores.score_corpus(student=student, definitions=[definition], publish=publish)
        return {
            "student": str(student.uid),
            "sha256": student.sha256,
            "encoder": str(student.encoder),
            "definition": definition.hash,
            "version": definition.version,
            "score_set": str(score_set.uid),
            "scored": score_set.n_items,
            "seconds": round(score_set.seconds or 0, 3),
            "published": publish,
        }
