"""Bring labels of a machine made elsewhere in, as a finished run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.commands import where_option
from labelhub.lib.errors import BadInput
from llm_jobs.domain import imports


class Command(Base):
    help = "Import an annotator's labels of ATTRIBUTE; repeated equal rows collapse."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute")
        parser.add_argument("file", type=Path)
        parser.add_argument("--annotator", required=True, metavar="NAME")
        parser.add_argument("--item", default="item_id", metavar="COL")
        parser.add_argument("--label", default="label", metavar="COL")
        parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE")
        parser.add_argument("--probability", metavar="COL", help="P(positive), binary scales")
        parser.add_argument("--confidence", metavar="COL", help="probability of the given label")
        parser.add_argument("--probabilities", default="", metavar="key=COL,...", help="one column per level")

    def work(self, **options: Any) -> dict[str, Any]:
        attribute = definitions.get_attribute(corpora.get(options["corpus"]), options["attribute"])
        if not options["file"].is_file():
            raise BadInput(f"no file {options['file']}")
        columns = imports.AnnotationColumns(
            item=options["item"],
            label=options["label"],
            where=where_option(options["where"]),
            probability=options["probability"],
            confidence=options["confidence"],
            probabilities=_by_key(options["probabilities"]),
        )
        result = imports.import_annotations(
            attribute=attribute,
            path=options["file"],
            annotator=options["annotator"],
            columns=columns,
        )
        return {
            "run": str(result.run.uid),
            "annotator": result.run.annotator.name,
            "fingerprint": result.run.annotator.fingerprint,
            "definition": result.definition.hash,
            "version": result.definition.version,
            "n": result.n,
            "failed": result.failed,
        }


def _by_key(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",") if part]
    for key, separator, column in pairs:
        if not (key and separator and column):
            raise BadInput(f"--probabilities {text!r}: write LEVEL=COLUMN,...")
    return {key.strip(): column.strip() for key, _, column in pairs}
