"""Reference cases as the kernels take them: every input format of the shared file, and its near relatives."""

import csv
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from raters.stats.types import IntArray, Ratings

SHARED = Path(__file__).parents[4] / "../shared"
MATRIX, COUNTS, TABLE = "items x raters, null = missing", "items x categories counts", "square contingency table"

Case = dict[str, Any]


def case(name: str, metric: str, form: str, data: Any, expected: Any, tolerance: float, **params: Any) -> Case:
    return {
        "name": name,
        "metric": metric,
        "params": params,
        "input_format": form,
        "input": data,
        "expected": expected,
        "tolerance": tolerance,
    }


def is_table(given: Case) -> bool:
    return given["input_format"].startswith(TABLE)


def ratings_of(given: Case, *, spaced: bool = False) -> Ratings:
    """Ratings in whatever form the case has them. `spaced`: the levels of the scale are equally far apart, whatever
    their names."""
    form, data, params = given["input_format"], given["input"], given["params"]
    if isinstance(data, dict) and "file" in data:
        rows = read(data["file"])
        columns = [data.get(key, params.get(key, usual)) for key, usual in COLUMNS.items()]
        return from_triples([[row[column] for column in columns] for row in rows], params, spaced=spaced)
    if form == COUNTS:
        table = np.array(data)
        size = int(table.sum(axis=1).max())
        rows = [np.repeat(np.arange(table.shape[1]), row).tolist() for row in table]
        matrix = [row + [-1] * (size - len(row)) for row in rows]
        return Ratings.from_matrix(matrix, q=table.shape[1], values=scale_values(table.shape[1], params))
    if is_table(given):
        table = np.array(data)
        pairs = np.repeat(np.argwhere(table >= 0), table.ravel(), axis=0)
        return Ratings.from_matrix(pairs.reshape(-1, 2), q=len(table), values=scale_values(len(table), params))
    if form.replace(" ", "").startswith("[item,rater,label]"):
        return from_triples(data, params, spaced=spaced)
    return from_matrix(data, params, spaced=spaced)


COLUMNS = {"item": "item_id", "rater": "rater_id", "label": "label"}


def scale_values(q: int, params: dict[str, Any]) -> list[float]:
    return [float(value) for value in params.get("categories") or range(1, q + 1)]


def from_matrix(data: Sequence[Sequence[Any]], params: dict[str, Any], *, spaced: bool) -> Ratings:
    raters = max(map(len, data), default=0)
    triples = [
        (item, rater, label) for item, row in enumerate(data) for rater, label in enumerate(row) if label is not None
    ]
    indexed = from_triples(triples, params, spaced=spaced)
    item, rater = (np.array([row[k] for row in triples], dtype=np.int64) for k in (0, 1))
    return Ratings(item, rater, indexed.level, len(data), raters, indexed.q, indexed.values)


def from_triples(rows: Sequence[Sequence[Any]], params: dict[str, Any], *, spaced: bool = False) -> Ratings:
    missing = {None, "", *params.get("missing", ())}
    kept = [(item, rater, label) for item, rater, label in rows if label not in missing]
    levels = params.get("categories") or levels_of([label for *_, label in kept])
    items, raters, labels = ([row[k] for row in kept] for k in range(3))
    values = None if spaced else numbers(levels)
    return Ratings.from_labels(
        items,
        raters,
        labels,
        levels=levels,
        values=values,
        allow_repeats=len(set(zip(items, raters, strict=False))) < len(kept),
    )


def levels_of(labels: Sequence[Hashable]) -> list[Any]:
    found = list(dict.fromkeys(labels))
    values = numbers(found)
    return sorted(found, key=str) if values is None else [level for _, level in sorted(zip(values, found, strict=True))]


def numbers(levels: Sequence[Any]) -> list[float] | None:
    try:
        return [float(level) for level in levels]
    except ValueError:
        return None


def read(file: str) -> list[dict[str, str]]:
    with (SHARED / file).open(newline="") as opened:
        return list(csv.DictReader(opened))


def contest_of(given: dict[str, Any]) -> tuple[Ratings, IntArray]:
    """Ratings and a model's labels, of `{humans: {rater: {item: label}}, llm: {item: label}}` or a file and a column."""
    if "file" in given:
        rows = read(given["file"])
        column = given["llm_column"]
        if column not in rows[0]:
            # `llm_label` is gpt-4o's; a model whose labels are not in the file cannot be tested at all.
            column = {"llm_gpt-4o": "llm_label"}.get(column) or pytest.skip(f"{given['file']} has no column {column}")
        answers = [(row["item_id"], row["rater_id"], row[given.get("label", "label")]) for row in rows]
        model: dict[Any, Any] = {row["item_id"]: row[column] for row in rows}
    else:
        answers = [(item, rater, label) for rater, own in given["humans"].items() for item, label in own.items()]
        model = given["llm"]
    levels = levels_of(
        [label for *_, label in answers] + [label for label in model.values() if label not in ("", None)]
    )
    items, raters, labels = ([row[k] for row in answers] for k in range(3))
    ratings = Ratings.from_labels(items, raters, labels, levels=levels, values=numbers(levels))
    position = {level: index for index, level in enumerate(levels)} | {"": -1, None: -1}
    return ratings, np.array([position[model.get(item)] for item in dict.fromkeys(items)])
