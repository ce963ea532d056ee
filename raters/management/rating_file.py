"""The options by which a command reads ratings from a bare file, and the scale that their labels lie on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib.errors import BadInput
from raters.domain import rating_files
from raters.domain.rating_files import Columns
from raters.stats.types import Ratings

Row = tuple[int, str]


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
    parser.add_argument("--item", default="item_id", metavar="COL")
    parser.add_argument("--rater", default="rater_id", metavar="COL")
    parser.add_argument("--label", default="label", metavar="COL")
    parser.add_argument("--allow-repeats", action="store_true")


def read(file: Path, level: str, options: dict[str, Any]) -> tuple[list[str], list[str], Ratings]:
    """The levels in scale order, the items in order of appearance, and the ratings, by the options above.

    Rows without a label are missing ratings.
    """
    columns = Columns(options["item"], options["rater"], options["label"])
    lines = [line for line in rating_files.read(file, columns) if line.label is not None]
    if not options["allow_repeats"]:
        rating_files.refuse_repeats(file, lines, " (--allow-repeats counts every answer)")
    rows = [(line.row, str(line.label)) for line in lines]
    levels, values = _scale(level, options["levels"], rows, file, columns.label)
    items = [line.item for line in lines]
    ratings = Ratings.from_labels(
        items,
        [line.rater for line in lines],
        [label for _, label in rows],
        levels=levels,
        values=values,
        allow_repeats=options["allow_repeats"],
    )
    return levels, list(dict.fromkeys(items)), ratings


def _scale(
    level: str, named: str | None, rows: list[Row], file: Path, column: str
) -> tuple[list[str], list[float] | None]:
    """The levels in scale order, and their values where distances need them.

    Without --levels: those found, by value where all are numbers; an ordinal scale of words must be named.
    """
    found = sorted({label for _, label in rows})
    if not named:
        _refuse_strangers(file, rows, column)
    numbers = rating_files.numbers(found)
    if named:
        levels = [key.strip() for key in named.split(",")]
        for number, label in rows:
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


def _refuse_strangers(file: Path, rows: list[Row], column: str) -> None:
    """A word among numbers, or a number among words, is a slip unless the scale names it; NaN is a missing value."""
    is_number = {label: rating_files.numbers([label]) is not None for _, label in rows}
    numeric = sum(is_number[label] for _, label in rows)
    usual = 2 * numeric >= len(rows)
    for number, label in rows:
        if label.lower() == "nan":
            fault = "is no label: leave it empty where it is missing"
        elif is_number[label] != usual:
            fault = (
                f"is {'no' if usual else 'a'} number, unlike the other labels (--levels names a scale that holds it)"
            )
        else:
            continue
        raise BadInput(f"{file.name}: row {number}, column {column!r}: {label!r} {fault}")
