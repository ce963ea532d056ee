"""Publish the definition of an attribute from a JSON or YAML file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput


class Command(Base):
    help = "Publish FILE as the next version of its attribute; changes nothing when the latest says the same."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("file", type=Path)
        parser.add_argument("--note", default="", help="what changed, for the version's history")

    def work(self, *, corpus: str, file: Path, note: str, **options: Any) -> dict[str, Any]:
        spec = definitions.read_spec(load(file))
        definition, changed = definitions.import_definition(corpus=corpora.get(corpus), spec=spec, note=note)
        return {
            "attribute": definition.attribute.slug,
            "version": definition.version,
            "hash": definition.hash,
            "definition": str(definition.uid),
            "changed": changed,
        }


def load(file: Path) -> object:
    """The file's content as plain data."""
    try:
        text = file.read_text(encoding="utf-8")
        return json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{file.name}: byte {error.start}: not UTF-8") from None
    except (json.JSONDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"{file.name}: {error}") from None
