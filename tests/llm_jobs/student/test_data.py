from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from llm_jobs.student.config import StudentConfig
from llm_jobs.student.data import (
    Split,
    TrainingData,
    count_seen,
    data_hash,
    first_not_finite,
    load_training_data,
)  # fmt: skip
from llm_jobs.student.errors import DataError, NotFiniteError, OneClassError

from .conftest import DIMS, write_folder

N = 200


@pytest.fixture
def folder(tmp_path: Path, config: StudentConfig, data: TrainingData) -> Path:
    return write_folder(tmp_path / "training", config, data)


def change(folder: Path, name: str, edit: Callable[[Any], Any]) -> None:
    """Rewrite ``name`` ("vectors", "split", or an array of the archive)."""
    if (folder / f"{name}.npy").exists():
        np.save(folder / f"{name}.npy", edit(np.load(folder / f"{name}.npy")))
    else:
        with np.load(folder / "targets.npz") as archive:
            stored = dict(archive)
        np.savez(folder / "targets.npz", **(stored | {name: edit(stored[name])}))


def put(index: Any, value: float) -> Callable[[Any], Any]:
    def edit(array: Any) -> Any:
        array[index] = value
        return array

    return edit


def test_what_was_written_is_read(folder: Path, config: StudentConfig, data: TrainingData) -> None:
    read = load_training_data(folder, config)
    assert (read.vectors == data.vectors).all()
    assert (read.split == data.split).all()
    for target, written in zip(read.targets, data.targets, strict=True):
        np.testing.assert_allclose(target.labels, written.labels, rtol=1e-6)
        assert (target.weights == written.weights).all()
    assert [len(read.rows(split)) for split in Split] == [120, 40, 40]


@given(arrays(np.int8, 50, elements=st.sampled_from([0, 1, 2])))
def test_every_row_is_in_exactly_one_split(split: Any) -> None:
    data = TrainingData(np.zeros((50, 1), np.float32), (), split)
    rows = np.concatenate([data.rows(code) for code in Split])
    assert sorted(rows.tolist()) == list(range(50))


def test_a_nan_row_has_no_label_and_no_weight(folder: Path, config: StudentConfig) -> None:
    change(folder, "head_1", put(5, np.nan))
    targets = load_training_data(folder, config).targets[1]
    assert targets.labels[5].tolist() == [0, 0, 0]
    assert targets.weights[5] == 0


@pytest.mark.parametrize(
    ("name", "edit", "kind", "message"),
    [
        ("vectors", put((7, 2), np.nan), NotFiniteError, "vectors.npy holds NaN or infinity in row 7"),
        ("vectors", put((9, 0), np.inf), NotFiniteError, "vectors.npy holds NaN or infinity in row 9"),
        ("vectors", lambda a: a[:, 1:], DataError, f"vectors.npy must be float32 n x 8; it is float32 ({N}, 7)"),
        ("vectors", lambda a: a.astype("f8"), DataError, f"vectors.npy must be float32 n x 8; it is float64 ({N}, 8)"),
        ("split", put(3, 4), DataError, "split.npy holds 4 in row 3; the codes are 0, 1 and 2"),
        ("split", put(3, -1), DataError, "split.npy holds -1 in row 3; the codes are 0, 1 and 2"),
        ("split", lambda a: a[1:], DataError,
          "split.npy must be one whole number for each of 200 rows; it is int8 (199,)"),
        ("split", lambda a: a * 0, DataError, "funny: no row of the validation split has a label"),
        ("head_0", put(slice(None), np.nan), DataError, "funny: no row of the train split has a label"),
        ("head_2", put((4, 1), 2), DataError, "pace: the labels of row 4 are neither a distribution nor all NaN"),
        ("head_2", put((4, 1), np.nan), DataError, "pace: the labels of row 4 are neither a distribution nor all NaN"),
        ("weight_1", put(0, -1), DataError, "mood: a weight is negative, NaN or infinite"),
        ("weight_1", put(0, np.nan), DataError, "mood: a weight is negative, NaN or infinite"),
        ("head_0", lambda a: np.tile([0.3, 0.7], (N, 1)), OneClassError,
          "funny: all 120 training labels prefer level 1"),
    ],
)  # fmt: skip
def test_bad_input_is_named(
    folder: Path, config: StudentConfig, name: str, edit: Callable[[Any], Any], kind: type[DataError], message: str
) -> None:
    change(folder, name, edit)
    with pytest.raises(kind) as caught:
        load_training_data(folder, config)
    assert str(caught.value) == message


def test_a_missing_or_surplus_target_is_refused(folder: Path, config: StudentConfig) -> None:
    fewer = dataclasses.replace(config, heads=config.heads[:2])
    with pytest.raises(DataError, match=r"^targets\.npz must hold head_0, head_1, weight_0, weight_1; it holds"):
        load_training_data(folder, fewer)


@pytest.mark.parametrize("name", ["vectors.npy", "split.npy", "targets.npz"])
@pytest.mark.parametrize("content", [None, b"", b"\x93NUMPY", b"PK\x03\x04broken"])
def test_an_unreadable_file_is_named(folder: Path, config: StudentConfig, name: str, content: bytes | None) -> None:
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=f"^{name} cannot be read"):
        load_training_data(folder, config)


def test_an_array_of_objects_is_never_unpickled(folder: Path, config: StudentConfig) -> None:
    np.save(folder / "vectors.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"^vectors\.npy cannot be read: Object arrays cannot be loaded"):
        load_training_data(folder, config)


def test_held_out_rows_that_repeat_a_training_vector_are_counted(data: TrainingData) -> None:
    assert count_seen(data) == 0
    train, held_out = data.rows(Split.TRAIN), data.rows(Split.HELD_OUT)
    data.vectors[held_out[:3]] = data.vectors[train[0]]
    assert count_seen(data) == 3


def test_the_hash_sees_every_array(data: TrainingData) -> None:
    before = data_hash(data)
    changed = set()
    for array in (data.vectors, data.split, data.targets[0].labels, data.targets[2].weights):
        kept = array.flat[0]
        array.flat[0] += 1
        changed.add(data_hash(data))
        array.flat[0] = kept
    assert len(changed | {before}) == 5
    assert data_hash(data) == before


@given(
    arrays(np.float32, (6, DIMS), elements=st.floats(width=32)),
)
def test_first_not_finite_agrees_with_asking_every_value(vectors: Any) -> None:
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    assert first_not_finite(vectors) == (bad[0] if len(bad) else None)
