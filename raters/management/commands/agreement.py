"""Inter-rater agreement of a bare file, or of a corpus's golden set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from attributes.domain import corpora, definitions
from labelhub.lib.commands import Command as Base
from labelhub.lib.errors import BadInput
from raters.domain import rating_files, sets
from raters.domain.agreement import agreement
from raters.domain.rating_files import Columns
from raters.models import RatingItem
from raters.stats.agreement import agreement_report
from raters.stats.types import Ratings


class Command(Base):
    help = "Agreement of FILE (no database row is written), or of CORPUS ATTRIBUTE."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", metavar="FILE | CORPUS ATTRIBUTE")
        parser.add_argument("--level", choices=["nominal", "ordinal", "interval", "ratio"])
        parser.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
        parser.add_argument("--item", default="item_id", metavar="COL")
        parser.add_argument("--rater", default="rater_id", metavar="COL")
        parser.add_argument("--label", default="label", metavar="COL")
        parser.add_argument("--allow-repeats", action="store_true")
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
        columns = Columns(options["item"], options["rater"], options["label"])
        lines = [line for line in rating_files.read(file, columns) if line.label is not None]
        if not options["allow_repeats"]:
            rating_files.refuse_repeats(file, lines, " (--allow-repeats counts every answer)")
        rows = [(line.row, line.item, line.rater, str(line.label)) for line in lines]
        level = options["level"]
        levels, values = _scale(level, options["levels"], rows, file, options["label"])
        ratings = Ratings.from_labels(
            [item for _, item, _, _ in rows],
            [rater for _, _, rater, _ in rows],
            [label for _, _, _, label in rows],
            levels=levels,
            values=values,
            allow_repeats=options["allow_repeats"],
        )
        report = agreement_report(ratings, level=level, seed=options["seed"])
        return {"file": file.name, "level": level, "levels": list(levels), "seed": options["seed"], **report}


Row = tuple[int, str, str, str]


def _scale(
    level: str, named: str | None, rows: list[Row], file: Path, column: str
) -> tuple[list[str], list[float] | None]:
    """The levels in scale order, and their values where distances need them.

    Without --levels: those found, by value where all are numbers; an ordinal scale of words must be named.
    """
    found = sorted({label for *_, label in rows})
    numbers = rating_files.numbers(found)
    if named:
        levels = [key.strip() for key in named.split(",")]
        for number, _, _, label in rows:
            if label not in levels:
                raise BadInput(f"{file.name}: row {number}, column {column!r}: {label!r} is not one of {named}")
    elif numbers:
        levels = [label for _, label in sorted(zip(numbers, found, strict=True))]
    elif level == "nominal":
        levels = found
    else:
        raise BadInput(f"the labels are not numbers: name the {level} scale with --levels, lowest first")
    if level in ("nominal", "ordinal"):
        return levels, None
    values = rating_files.numbers(levels)
    if values is None:
        raise BadInput(f"{level} level needs labels that are numbers, not {', '.join(levels[:5])}")
    return levels, values
