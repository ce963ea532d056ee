"""Publish the definition of an attribute from a JSON or YAML file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from attributes.forms.definitions import load
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput


class Command(Base):
    help = "Publish FILE as the next version of its attribute; changes nothing when the latest says the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("file", type=Path)
        parser.add_argument("--note", default="", help="what changed, for the version's history")

    def work(self, *, corpus: str, file: Path, note: str, **options: Any) -> dict[str, Any]:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise BadInput(f"{file}: {error.strerror}") from None
        spec = definitions.read_spec(load(file.name, content))
        definition, changed = definitions.import_definition(corpus=corpora.get(corpus), spec=spec, note=note)
        return {
            "attribute": definition.attribute.slug,
            "version": definition.version,
            "hash": definition.hash,
            "definition": str(definition.uid),
            "changed": changed,
        }
