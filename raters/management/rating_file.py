"""The options by which a command reads ratings from a bare file, and the ratings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelhub.lib.errors import BadInput
from labelhub.lib.sheets import numbers
from raters.domain import rating_files
from raters.domain.rating_files import Columns
from raters.domain.scales import Scale, levels_named
from raters.stats.types import Ratings


def add_arguments(parser: CommandParser) -> None:
    parser.add_argument("--levels", metavar="a,b,c", help="the scale, lowest first (default: the labels found)")
    parser.add_argument("--item", default="item_id", metavar="COL")
    parser.add_argument("--rater", default="rater_id", metavar="COL")
    parser.add_argument("--label", default="label", metavar="COL")
    parser.add_argument("--allow-repeats", action="store_true")


def read(file: Path, level: str, options: dict[str, Any]) -> tuple[list[str], list[str], Ratings]:
    """The levels in scale order, the items in order of appearance, and the ratings, by the options above.

    Rows without a label are missing ratings. Raises BadInput for words without an order on an ordered scale, and for
    words where distances need numbers.
    """
    columns = Columns(options["item"], options["rater"], options["label"])
    lines = [line for line in rating_files.read(file, columns) if line.label is not None]
    if not options["allow_repeats"]:
        rating_files.refuse_repeats(file, lines, " (--allow-repeats counts every answer)")
    cells = [(line.row, columns.label, str(line.label)) for line in lines]
    scale = Scale.of(file, [cells], levels_named(options["levels"]))
    if level != "nominal" and scale.values is None:
        raise BadInput(f"the labels are not numbers: name the {level} scale with --levels, lowest first")
    distances = level in ("interval", "ratio")
    if distances and numbers(scale.names) is None:
        raise BadInput(f"{level} level needs labels that are numbers, not {', '.join(scale.names[:5])}")
    items = [line.item for line in lines]
    ratings = Ratings.from_labels(
        items,
        [line.rater for line in lines],
        [scale.place[label] for *_, label in cells],
        levels=range(len(scale.names)),
        values=scale.values if distances else None,
        allow_repeats=options["allow_repeats"],
    )
    return scale.names, list(dict.fromkeys(items)), ratings
