"""Inter-rater agreement of a bare file, or of a corpus's golden set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from raters.domain import sets
from raters.domain.agreement import agreement
from raters.management import rating_file
from raters.models import RatingItem
from raters.stats.agreement import agreement_report


class Command(Base):
    help = "Agreement of FILE (no database row is written), or of CORPUS ATTRIBUTE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument("--level", choices=["nominal", "ordinal", "interval", "ratio"])
        rating_file.add_arguments(parser)
        parser.add_argument("--definition", type=int, metavar="V")
        parser.add_argument("--set", metavar="ID")
        parser.add_argument("--split", choices=["dev", "test", "all"], default="dev")
        parser.add_argument("--seed", type=int, default=0)

    def uses_database(self, **options: Any) -> bool:
        return len(options["target"]) == 2

    def work(self, **options: Any) -> dict[str, Any]:
        target = options["target"]
        if len(target) == 1:
            return self._of_file(Path(target[0]), options)
        if len(target) == 2:
            return self._of_set(target[0], target[1], options)
        raise BadInput("give a FILE, or CORPUS ATTRIBUTE")

    def _of_set(self, corpus: str, slug: str, options: dict[str, Any]) -> dict[str, Any]:
        attribute = definitions.get_attribute(corpora.get(corpus), slug)
        rating_set = sets.get_set(attribute, options["set"], version=options["definition"])
        split = options["split"]
        return {
            "corpus": corpus,
            "attribute": slug,
            "rating_set": str(rating_set.uid),
            "content_hash": rating_set.content_hash or None,
            "definition": rating_set.definition.hash,
            "version": rating_set.definition.version,
            "split": split,
            "sealed": split != RatingItem.Split.DEV and rating_set.unsealed_at is None,
            **agreement(rating_set, split, seed=options["seed"]),
        }

    def _of_file(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        if not options["level"]:
            raise BadInput("--level is needed for a file: nominal, ordinal, interval or ratio")
        level = options["level"]
        levels, _, ratings = rating_file.read(file, level, options)
        report = agreement_report(ratings, level=level, seed=options["seed"])
        return {"file": file.name, "level": level, "levels": levels, "seed": options["seed"], **report}
