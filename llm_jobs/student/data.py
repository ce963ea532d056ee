"""The training folder, read and checked.

=============  =========================================================================================
vectors.npy    float32 n x dims
targets.npz    per head i: ``head_<i>`` soft labels n x q (rows sum to 1 within .001; a NaN row has no label) and
               ``weight_<i>`` n (0 or more; 0 leaves the row out)
split.npy      whole number per row: 0 train, 1 validation, 2 held-out
=============  =========================================================================================

Each row has one split code, so no row is in two splits; :func:`count_seen` tells how many held-out rows repeat the
vector of a training row, which a split by group keeps at 0.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from llm_jobs.student.config import HeadConfig, StudentConfig
from llm_jobs.student.errors import DataError, NotFiniteError, OneClassError

Floats = npt.NDArray[np.float32]
SUM_TOLERANCE = 1e-3


class Split(IntEnum):
    TRAIN = 0
    VALIDATION = 1
    HELD_OUT = 2


@dataclass(frozen=True, slots=True)
class Targets:
    """One head's soft labels (n x q, 0 where a row has none) and weights (n, 0 where a row has no label)."""

    labels: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class TrainingData:
    """``vectors`` n x dims, ``targets`` per head, ``split`` n (int8 codes of :class:`Split`)."""

    vectors: Floats
    targets: tuple[Targets, ...]
    split: npt.NDArray[np.int8]

    def rows(self, split: Split) -> npt.NDArray[np.intp]:
        """Indices of the rows of one split, ascending."""
        return np.flatnonzero(self.split == split)


def load_training_data(folder: Path, config: StudentConfig) -> TrainingData:
    """Read and check the three files of ``folder``. Raises :class:`DataError` and its kinds."""
    vectors = load_vectors(folder / "vectors.npy", config.dims)
    split = _load_split(folder / "split.npy", len(vectors))
    arrays = _load_archive(folder / "targets.npz")
    names = {f"{part}_{i}" for i in range(len(config.heads)) for part in ("head", "weight")}
    if set(arrays) != names:
        raise DataError(f"targets.npz must hold {', '.join(sorted(names))}; it holds {', '.join(sorted(arrays))}")
    targets = tuple(
        _check_targets(arrays[f"head_{i}"], arrays[f"weight_{i}"], head, split) for i, head in enumerate(config.heads)
    )
    return TrainingData(vectors, targets, split)


def load_vectors(path: Path, dims: int) -> Floats:
    """Read a float32 n x ``dims`` array; raises :class:`NotFiniteError` naming the first bad row."""
    vectors = _load_array(path)
    if vectors.ndim != 2 or vectors.shape[1] != dims or vectors.dtype != np.float32:
        raise DataError(f"{path.name} must be float32 n x {dims}; it is {vectors.dtype} {vectors.shape}")
    if (row := first_not_finite(vectors)) is not None:
        raise NotFiniteError(f"{path.name} holds NaN or infinity in row {row}")
    return vectors


def first_not_finite(vectors: Floats) -> int | None:
    """Index of the first row (of n x d) that holds NaN or infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(vectors.sum()):  # many times faster than asking each value; NaN and infinity survive a sum
            return None
    bad = ~np.isfinite(vectors).all(axis=1)
    return int(bad.argmax()) if bad.any() else None


def count_seen(data: TrainingData) -> int:
    """Held-out rows whose vector also stands, bit for bit, in the training rows."""
    train = {row.tobytes() for row in data.vectors[data.rows(Split.TRAIN)]}
    return sum(row.tobytes() in train for row in data.vectors[data.rows(Split.HELD_OUT)])


def data_hash(data: TrainingData) -> str:
    """SHA-256 (hex) over every array with its type and shape."""
    digest = hashlib.sha256()
    arrays: list[npt.NDArray[Any]] = [data.vectors, data.split]
    arrays += [array for target in data.targets for array in (target.labels, target.weights)]
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _load_split(path: Path, n: int) -> npt.NDArray[np.int8]:
    split = _load_array(path)
    if split.shape != (n,) or not np.issubdtype(split.dtype, np.integer):
        raise DataError(f"split.npy must be one whole number for each of {n} rows; it is {split.dtype} {split.shape}")
    known = np.isin(split, [code.value for code in Split])
    if not known.all():
        raise DataError(f"split.npy holds {split[~known][0]} in row {(~known).argmax()}; the codes are 0, 1 and 2")
    return split.astype(np.int8)


def _check_targets(
    labels: npt.NDArray[Any], weights: npt.NDArray[Any], head: HeadConfig, split: npt.NDArray[np.int8]
) -> Targets:
    n, name = len(split), head.definition
    for array, shape in ((labels, (n, head.q)), (weights, (n,))):
        if array.shape != shape or not np.issubdtype(array.dtype, np.floating):
            raise DataError(f"{name}: labels or weights are {array.dtype} {array.shape}, not floats of shape {shape}")
    missing = np.isnan(labels).all(axis=1)
    sums = labels.sum(axis=1, dtype=np.float64)
    bad = ~missing & ~((labels >= 0).all(axis=1) & (np.abs(sums - 1) <= SUM_TOLERANCE))
    if bad.any():
        raise DataError(f"{name}: the labels of row {bad.argmax()} are neither a distribution nor all NaN")
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise DataError(f"{name}: a weight is negative, NaN or infinite")
    targets = Targets(
        labels=np.where(missing[:, None], 0, labels / sums[:, None]).astype(np.float32),
        weights=np.where(missing, 0, weights).astype(np.float32),
    )
    _check_learnable(targets, head, split)
    return targets


def _check_learnable(targets: Targets, head: HeadConfig, split: npt.NDArray[np.int8]) -> None:
    labelled = targets.weights > 0
    for code in (Split.TRAIN, Split.VALIDATION):
        if not (labelled & (split == code)).any():
            raise DataError(f"{head.definition}: no row of the {code.name.lower()} split has a label")
    preferred = targets.labels[labelled & (split == Split.TRAIN)].argmax(axis=1)
    if (preferred == preferred[0]).all():
        raise OneClassError(f"{head.definition}: all {len(preferred)} training labels prefer level {preferred[0]}")


def _load_array(path: Path) -> npt.NDArray[Any]:
    array = _load(path)
    if isinstance(array, dict):
        raise DataError(f"{path.name} is an archive, not a single array")
    return array


def _load_archive(path: Path) -> dict[str, npt.NDArray[Any]]:
    archive = _load(path)
    if not isinstance(archive, dict):
        raise DataError(f"{path.name} is not an .npz archive")
    return archive


def _load(path: Path) -> npt.NDArray[Any] | dict[str, npt.NDArray[Any]]:
    try:
        with path.open("rb") as file:
            loaded = np.load(file, allow_pickle=False)
            return loaded if isinstance(loaded, np.ndarray) else dict(loaded)
    except (OSError, ValueError, EOFError, BadZipFile) as error:
        raise DataError(f"{path.name} cannot be read: {error}") from error
