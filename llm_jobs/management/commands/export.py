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

    def work(self, *, corpus: str, attribute: str, file: Path, what: str, **options: Any) -> dict[str, Any]:
        n = exports.export(attribute=definitions.get_attribute(corpora.get(corpus), attribute), what=what, path=file)
        return {"what": what, "file": str(file), "rows": n}
