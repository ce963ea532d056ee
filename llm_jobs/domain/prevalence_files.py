"""A corpus in a bare file: one row an item, with the model's label, and a human's where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from labelhub.lib import tables
from labelhub.lib.errors import BadInput
from raters.domain.rating_files import fault, number
from raters.stats.rectified import Labelled
from raters.stats.types import BoolArray, FloatArray

YES, NO = ("1", "true"), ("0", "false")


@dataclass(frozen=True, slots=True)
class PrevalenceColumns:
    """`probability`, `inclusion` and `tuning` may be missing from the file; `positive` turns any labels into yes or no.

    inclusion   the inclusion probability of the golden items.
    tuning      1 on items that the prompt, the student or a threshold was made with.
    """

    label: str = "label"
    llm: str = "llm"
    probability: str = "probability"
    inclusion: str = "inclusion_probability"
    tuning: str | None = None
    item: str = "item_id"
    positive: str | None = None


@dataclass(frozen=True, eq=False)
class PrevalenceFile:
    """As `prevalence_report` takes it; `without_llm` counts the items that the model has no label for."""

    labelled: Labelled
    probabilities: Labelled | None
    tuning: BoolArray
    gold_only: Labelled | None
    without_llm: int
    weighted: bool


@dataclass(frozen=True, slots=True)
class _Line:
    row: int
    gold: bool | None
    llm: bool | None
    probability: float | None
    inclusion: float | None
    tuning: bool


def read(file: Path, columns: PrevalenceColumns) -> PrevalenceFile:
    """Raises BadInput, with row and column, for a label that is neither yes nor no, a probability outside 0..1, one
    that is missing where others have one, and an item that is there twice."""
    if not file.is_file():
        raise BadInput(f"no file {file}")
    try:
        there = tables.columns(file)
        optional = [columns.item, columns.probability, columns.inclusion]
        known = [name for name in optional if name in there]
        wanted = [columns.label, columns.llm, *known, *filter(None, [columns.tuning])]
        rows = [
            (row, dict(zip(wanted, values, strict=True)))
            for row, values in chain.from_iterable(tables.read(file, wanted))
        ]
    except tables.TableError as error:
        raise BadInput(f"{file.name}: {error}") from None
    _refuse_repeats(file, columns.item, rows)
    return _assembled(file, columns, [_line(file, columns, row, cells) for row, cells in rows])


def _refuse_repeats(file: Path, column: str, rows: Sequence[tuple[int, dict[str, str | None]]]) -> None:
    first: dict[str, int] = {}
    for row, cells in rows:
        item = cells.get(column)
        if item is not None and (earlier := first.setdefault(item, row)) != row:
            raise fault(file, row, column, f"item {item!r} is in row {earlier} already")


def _line(file: Path, columns: PrevalenceColumns, row: int, cells: dict[str, str | None]) -> _Line:
    def truth(column: str, positive: str | None) -> bool | None:
        text = cells[column]
        if text is None or positive is not None:
            return None if text is None else text == positive
        if text.casefold() not in YES + NO:
            raise fault(file, row, column, f"{text!r} is neither 1 nor 0 (--positive names the label that counts)")
        return text.casefold() in YES

    def chance(column: str, *, zero: bool) -> float | None:
        text = cells.get(column)
        value = None if text is None else number(text)
        if text is not None and (value is None or not 0 <= value <= 1 or (value == 0 and not zero)):
            raise fault(file, row, column, f"{text!r} is no probability {'in 0..1' if zero else 'above 0, up to 1'}")
        return value

    return _Line(
        row=row,
        gold=truth(columns.label, columns.positive),
        llm=truth(columns.llm, columns.positive),
        probability=chance(columns.probability, zero=True),
        inclusion=chance(columns.inclusion, zero=False),
        tuning=bool(columns.tuning and truth(columns.tuning, None)),
    )


def _assembled(file: Path, columns: PrevalenceColumns, lines: Sequence[_Line]) -> PrevalenceFile:
    golden = [line for line in lines if line.gold is not None]
    both = [line for line in golden if line.llm is not None]
    # Tuning items without a human answer are in no golden set, but as badly known: they leave the corpus too.
    rest = [line for line in lines if line.gold is None and line.llm is not None and not line.tuning]
    if not golden:
        raise BadInput(f"{file.name}: column {columns.label!r} holds no label")
    weighted = _all_or_none(file, columns.inclusion, [(line.row, line.inclusion) for line in golden])
    judged = _all_or_none(file, columns.probability, [(line.row, line.probability) for line in [*both, *rest]])

    def labelled(gold: Sequence[_Line], machine: Sequence[_Line], name: str) -> Labelled:
        inclusion = _floats([line.inclusion for line in gold]) if weighted else None
        answers = np.array([line.gold for line in gold], dtype=np.bool_)
        of_gold, of_rest = (_floats([getattr(line, name) for line in some]) for some in (gold, machine))
        return Labelled(answers, of_gold, of_rest, inclusion)

    alone = [line for line in golden if line.llm is None and not line.tuning]
    return PrevalenceFile(
        labelled=labelled(both, rest, "llm"),
        probabilities=labelled(both, rest, "probability") if judged else None,
        tuning=np.array([line.tuning for line in both], dtype=np.bool_),
        gold_only=labelled(alone, [], "gold") if alone else None,
        without_llm=sum(line.llm is None for line in lines),
        weighted=weighted,
    )


def _all_or_none(file: Path, column: str, cells: Sequence[tuple[int, float | None]]) -> bool:
    """Whether every row has the value; a column that some rows lack is refused, naming the first of them."""
    lacking = [row for row, value in cells if value is None]
    if not lacking or len(lacking) == len(cells):
        return bool(cells) and not lacking
    raise fault(file, lacking[0], column, "is empty, but other rows have one")


def _floats(values: Sequence[float | bool | None]) -> FloatArray:
    return np.array([float(value or 0) for value in values], dtype=np.float64)
