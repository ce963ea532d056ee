"""Ratings in a bare file, one row a rating, checked before anything is computed from them.

Every fault is one `BadInput` that names row and column.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib import tables
from labelhub.lib.errors import BadInput
from raters.stats.types import Ratings

Row = tuple[int, str, str, str]


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
    parser.add_argument("--item", default="item_id", metavar="COL")
    parser.add_argument("--rater", default="rater_id", metavar="COL")
    parser.add_argument("--label", default="label", metavar="COL")
    parser.add_argument("--allow-repeats", action="store_true")


def read(file: Path, level: str, options: dict[str, Any]) -> tuple[list[str], list[str], Ratings]:
    """The levels in scale order, the items in order of appearance, and the ratings, by the options above."""
    if not file.is_file():
        raise BadInput(f"no file {file}")
    try:
        rows = _read(file, (options["item"], options["rater"], options["label"]))
    except tables.TableError as error:
        raise BadInput(f"{file.name}: {error}") from None
    if not options["allow_repeats"]:
        _refuse_repeats(file, rows)
    levels, values = _scale(level, options["levels"], rows, file, options["label"])
    items = [item for _, item, _, _ in rows]
    ratings = Ratings.from_labels(
        items,
        [rater for _, _, rater, _ in rows],
        [label for _, _, _, label in rows],
        levels=levels,
        values=values,
        allow_repeats=options["allow_repeats"],
    )
    return levels, list(dict.fromkeys(items)), ratings


def _read(file: Path, columns: Sequence[str]) -> list[Row]:
    """(row, item, rater, label); rows without a label are missing ratings."""
    rows = []
    for number, (item, rater, label) in chain.from_iterable(tables.read(file, columns)):
        for value, column in ((item, columns[0]), (rater, columns[1])):
            if not value:
                raise tables.TableError("is empty", row=number, column=column)
        if label is not None:
            rows.append((number, str(item), str(rater), label))
    if not rows:
        raise BadInput(f"{file.name}: no label in it")
    return rows


def _refuse_repeats(file: Path, rows: list[Row]) -> None:
    first: dict[tuple[str, str], int] = {}
    for number, item, rater, _ in rows:
        earlier = first.setdefault((item, rater), number)
        if earlier != number:
            raise BadInput(
                f"{file.name}: row {number}: rater {rater!r} has answered item {item!r} in row {earlier} already "
                "(--allow-repeats counts every answer)"
            )


def _scale(
    level: str, named: str | None, rows: list[Row], file: Path, column: str
) -> tuple[list[str], list[float] | None]:
    """The levels in scale order, and their values where distances need them.

    Without --levels: those found, by value where all are numbers; an ordinal scale of words must be named.
    """
    found = sorted({label for *_, label in rows})
    if not named:
        _refuse_strangers(file, rows, column)
    numbers = _numbers(found)
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
    values = _numbers(levels)
    if values is None:
        raise BadInput(f"{level} level needs labels that are numbers, not {', '.join(levels[:5])}")
    return levels, values


def _refuse_strangers(file: Path, rows: list[Row], column: str) -> None:
    """A word among numbers, or a number among words, is a slip unless the scale names it; NaN is a missing value."""
    is_number = {label: _numbers([label]) is not None for *_, label in rows}
    numeric = sum(is_number[label] for *_, label in rows)
    usual = 2 * numeric >= len(rows)
    for number, _, _, label in rows:
        if label.lower() == "nan":
            fault = "is no label: leave it empty where it is missing"
        elif is_number[label] != usual:
            fault = (
                f"is {'no' if usual else 'a'} number, unlike the other labels (--levels names a scale that holds it)"
            )
        else:
            continue
        raise BadInput(f"{file.name}: row {number}, column {column!r}: {label!r} {fault}")


def _numbers(labels: Sequence[str]) -> list[float] | None:
    """The labels as finite numbers, or None where one is none."""
    try:
        values = [float(label) for label in labels]
    except ValueError:
        return None
    return values if all(map(math.isfinite, values)) else None
