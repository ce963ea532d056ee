"""Compute the embeddings that a corpus lacks."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, embeddings
from labelhub.lib.commands import Command as Base


class Command(Base):
    help = "Embed the items of CORPUS that have no vector of their present content."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")

    def work(self, *, corpus: str, **options: Any) -> dict[str, Any]:
        result = embeddings.embed(corpus=corpora.get(corpus), on_progress=self._progress)
        return {"encoder": result.encoder, "embedded": result.embedded, "seconds": round(result.seconds, 3)}

    def _progress(self, done: int, total: int) -> None:
        if sys.stderr.isatty():
            self.stderr.write(f"\r{done:,} of {total:,}", ending="\n" if done == total else "")
