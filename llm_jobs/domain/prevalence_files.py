"""A corpus in a bare file: one row an item, with the model's label, and a human's where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from labelhub.lib import sheets
from labelhub.lib.errors import BadInput
from labelhub.lib.sheets import Line
from raters.domain.scales import fault
from raters.stats.rectified import Labelled
from raters.stats.types import BoolArray, FloatArray


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
    needed = [columns.label, columns.llm, *filter(None, [columns.tuning])]
    lines = sheets.read(file, needed, (columns.item, columns.probability, columns.inclusion))
    sheets.refuse_repeats(lines, columns.item)
    return _assembled(file, columns, [_line(line, columns) for line in lines])


def _line(line: Line, columns: PrevalenceColumns) -> _Line:
    def holds(column: str) -> bool | None:
        if columns.positive is None:
            return line.truth(column, " (--positive names the label that counts)")
        text = line.cells[column]
        return None if text is None else text == columns.positive

    return _Line(
        row=line.row,
        gold=holds(columns.label),
        llm=holds(columns.llm),
        probability=line.chance(columns.probability),
        inclusion=line.chance(columns.inclusion, above_zero=True),
        tuning=bool(columns.tuning and line.truth(columns.tuning)),
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
