"""Bring ratings made elsewhere in as a closed golden set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.commands import where_option
from labelhub.lib.errors import BadInput
from raters.domain import imports


class Command(Base):
    help = "Import ratings (long form) of ATTRIBUTE as a frozen golden set, all of it dev."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("corpus")
        parser.add_argument("attribute")
        parser.add_argument("file", type=Path)
        parser.add_argument("--item", default="item_id", metavar="COL")
        parser.add_argument("--rater", default="rater_id", metavar="COL")
        parser.add_argument("--label", default="label", metavar="COL")
        parser.add_argument("--pi", metavar="COL", help="inclusion probability of the item")
        parser.add_argument("--where", action="append", default=[], metavar="COL=VALUE")
        parser.add_argument("--cannot-tell", metavar="VALUE", help="the label that means: can't tell")
        parser.add_argument("--create-items", action="store_true", help="make unknown items, with an id alone")
        parser.add_argument("--item-suffix", default="", help="take only ids that end so, and cut the ending off")
        parser.add_argument("--name", default="", help="the set's name (default: the file's)")

    def work(self, **options: Any) -> dict[str, Any]:
        file = options["file"]
        if not file.is_file():
            raise BadInput(f"no file {file}")
        columns = imports.RatingColumns(
            item=options["item"],
            rater=options["rater"],
            label=options["label"],
            pi=options["pi"],
            where=where_option(options["where"]),
            cannot_tell=options["cannot_tell"],
            item_suffix=options["item_suffix"],
        )
        result = imports.import_ratings(
            attribute=definitions.get_attribute(corpora.get(options["corpus"]), options["attribute"]),
            path=file,
            columns=columns,
            create_items=options["create_items"],
            name=options["name"],
        )
        return {
            "rating_set": str(result.rating_set.uid),
            "name": result.rating_set.name,
            "content_hash": result.rating_set.content_hash,
            "definition": result.rating_set.definition.hash,
            "n_items": result.n_items,
            "n_raters": result.n_raters,
            "n_ratings": result.n_ratings,
            "missing": result.missing,
        }
