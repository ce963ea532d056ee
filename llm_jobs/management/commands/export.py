"""Export ratings, gold, annotations or scores of an attribute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from llm_jobs.domain import exports


class Command(Base):
    help = "Write one kind of label of ATTRIBUTE to FILE (.csv, .tsv, .jsonl or .parquet), streamed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute")
        parser.add_argument("file", type=Path)
        parser.add_argument("--what", required=True, choices=sorted(exports.KINDS))

    def work(self, **options: Any) -> dict[str, Any]:
        attribute = definitions.get_attribute(corpora.get(options["corpus"]), options["attribute"])
        written = exports.export(attribute=attribute, what=options["what"], path=options["file"])
        return {
            "corpus": attribute.corpus.slug,
            "attribute": attribute.slug,
            "what": options["what"],
            "file": str(options["file"]),
            "rows": written.rows,
            "left_out_sealed": written.left_out_sealed,
            **written.names,
        }
