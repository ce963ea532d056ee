"""The values every kernel takes and returns."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

Measurement = Literal["nominal", "ordinal", "interval", "ratio"]
Scale = Literal["binary", "nominal", "ordinal"]

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its uncertainty.

    value   the figure; None where it is undefined, and then `reason` says why.
    se      standard error, None where none is defined.
    low, high   the 95 % interval; both None where it is refused, and then `reason` says why.
    method  how `low`, `high` and `se` were obtained, in words.
    n       items that carry the figure: those with two or more ratings, or those a pair of raters shares.

    Raises ValueError for NaN or infinity, which have no place in strict JSON, and for an undefined value without
    a reason.
    """

    value: float | None
    se: float | None
    low: float | None
    high: float | None
    method: str | None
    n: int
    reason: str | None

    def __post_init__(self) -> None:
        for name in ("value", "se", "low", "high"):
            figure = getattr(self, name)
            if figure is not None and not math.isfinite(figure):
                raise ValueError(f"{name} is {figure}: an undefined figure is None with a reason")
        if self.value is None and self.reason is None:
            raise ValueError("an undefined value needs a reason")

    @classmethod
    def undefined(cls, reason: str, n: int = 0) -> Self:
        return cls(value=None, se=None, low=None, high=None, method=None, n=n, reason=reason)

    def as_dict(self) -> dict[str, float | int | str | None]:
        return asdict(self)


def finite(figure: float) -> float | None:
    """A kernel's NaN (undefined) or infinity as None, for the border to JSON."""
    return float(figure) if math.isfinite(figure) else None


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ratings in long form: row t says that `rater[t]` gave `item[t]` the level `level[t]`.

    item, rater, level   int arrays of one length; level is the index 0..q-1 in the order of the declared scale.
        A missing rating is a row that is not there.
    n_items, n_raters, q   sizes of the index ranges; items, raters and levels without a row are allowed.
    values   the levels as numbers, strictly increasing, shape (q,). Needed at interval and ratio level only.
    rater_names   shown in tables; the index as text when left out.
    allow_repeats   a rater may rate an item more than once, and every rating counts.

    Raises ValueError for arrays of unequal length, an index out of range, a repeated (item, rater) unless allowed,
    and values that are not one increasing finite number a level.
    """

    item: IntArray
    rater: IntArray
    level: IntArray
    n_items: int
    n_raters: int
    q: int
    values: FloatArray | None = None
    rater_names: tuple[str, ...] = ()
    allow_repeats: bool = False

    def __post_init__(self) -> None:
        if not self.item.shape == self.rater.shape == self.level.shape == (len(self.item),):
            raise ValueError("item, rater and level must be one-dimensional and of one length")
        for name, size in (("item", self.n_items), ("rater", self.n_raters), ("level", self.q)):
            _check_range(name, getattr(self, name), size)
        if self.values is not None:
            _check_values(self.values, self.q)
        if not self.rater_names:
            object.__setattr__(self, "rater_names", tuple(str(rater) for rater in range(self.n_raters)))
        if len(self.rater_names) != self.n_raters:
            raise ValueError(f"{len(self.rater_names)} rater names for {self.n_raters} raters")
        if not self.allow_repeats:
            self._refuse_repeats()

    def _refuse_repeats(self) -> None:
        cells, first = np.unique(self.item * max(self.n_raters, 1) + self.rater, return_index=True)
        if len(cells) < len(self.item):
            row = int(np.setdiff1d(np.arange(len(self.item)), first)[0])
            name = self.rater_names[self.rater[row]]
            raise ValueError(f"row {row}: rater {name} has already rated item {self.item[row]}")

    @classmethod
    def from_labels(
        cls,
        items: Sequence[Hashable],
        raters: Sequence[Hashable],
        labels: Sequence[Hashable],
        *,
        levels: Sequence[Hashable],
        values: Sequence[float] | None = None,
        allow_repeats: bool = False,
    ) -> Self:
        """Index three columns of one length; items and raters are numbered in order of appearance.

        Raises ValueError for a label outside `levels`, naming its row.
        """
        position = {level: index for index, level in enumerate(levels)}
        outside = next((row for row, label in enumerate(labels) if label not in position), None)
        if outside is not None:
            raise ValueError(f"row {outside}: label {labels[outside]!r} is not one of {list(levels)!r}")
        item, n_items = _appearance(items)
        rater, n_raters = _appearance(raters)
        return cls(
            item=item,
            rater=rater,
            level=np.array([position[label] for label in labels], dtype=np.int64),
            n_items=n_items,
            n_raters=n_raters,
            q=len(levels),
            values=None if values is None else np.asarray(values, dtype=np.float64),
            rater_names=tuple(str(name) for name in dict.fromkeys(raters)),
            allow_repeats=allow_repeats,
        )

    @classmethod
    def from_matrix(cls, matrix: npt.ArrayLike, *, q: int, values: Sequence[float] | None = None) -> Self:
        """From an items x raters matrix of level indexes, negative or NaN where missing."""
        table = np.nan_to_num(np.asarray(matrix, dtype=np.float64), nan=-1.0).astype(np.int64)
        item, rater = np.nonzero(table >= 0)
        return cls(
            item=item.astype(np.int64),
            rater=rater.astype(np.int64),
            level=table[item, rater],
            n_items=table.shape[0],
            n_raters=table.shape[1],
            q=q,
            values=None if values is None else np.asarray(values, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.item)

    def counts(self) -> IntArray:
        """How often each item got each level, shape (n_items, q)."""
        cells = np.bincount(self.item * self.q + self.level, minlength=self.n_items * self.q)
        return cells.astype(np.int64).reshape(self.n_items, self.q)


def _appearance(names: Sequence[Hashable]) -> tuple[IntArray, int]:
    index = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.array([index[name] for name in names], dtype=np.int64), len(index)


def _check_range(name: str, indexes: IntArray, size: int) -> None:
    if not np.issubdtype(indexes.dtype, np.integer):
        raise ValueError(f"{name} must hold integers, not {indexes.dtype}")
    if len(indexes) and (indexes.min() < 0 or indexes.max() >= size):
        raise ValueError(f"{name} must lie in 0..{size - 1}, found {indexes.min()}..{indexes.max()}")


def _check_values(values: FloatArray, q: int) -> None:
    if values.shape != (q,) or not np.isfinite(values).all():
        raise ValueError(f"values must be {q} finite numbers, one a level")
    if (np.diff(values) <= 0).any():
        raise ValueError("values must increase along the scale")
