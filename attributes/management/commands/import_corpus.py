"""Bring items into a corpus from a CSV, JSONL or Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from attributes.domain import corpora, imports
from labelhub.lib import tables
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput


class Command(Base):
    help = "Import items, making the corpus where it is missing. Only named columns are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("file", type=Path)
        for name in ("id", "title", "text", "language", "group", "time", "file"):
            parser.add_argument(f"--{name}", dest=f"{name}_column", metavar="COL")
        parser.add_argument("--meta", default="", metavar="COL,...", help="columns kept as metadata")
        parser.add_argument("--media", type=Path, metavar="DIR", help="where the files of --file lie")

    def work(self, *, corpus: str, file: Path, meta: str, media: Path | None, **options: Any) -> dict[str, Any]:
        if not file.is_file():
            raise BadInput(f"no file {file}")
        named = {
            name: options[f"{name}_column"] for name in ("id", "title", "text", "language", "group", "time", "file")
        }
        try:
            present = tables.columns(file)
        except tables.TableError as error:
            raise BadInput(f"{file.name}: {error}") from None
        columns = imports.default_map(present, meta=[c.strip() for c in meta.split(",") if c.strip()], **named)
        with transaction.atomic():
            place = corpora.get_or_create(slug=corpus)
            result = imports.import_items(corpus=place, path=file, columns=columns, media_dir=media)
        return {
            "corpus": place.slug,
            "created": result.created,
            "updated": result.updated,
            "unchanged": result.unchanged,
            "rejected": result.rejected,
            "ignored_columns": list(result.ignored_columns),
        }
