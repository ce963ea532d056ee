from __future__ import annotations

import hashlib
import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from llm_jobs.student.checkpoint import WEIGHTS, code_version, load_student, recorded_sha256, save_weights
from llm_jobs.student.errors import CheckpointError
from llm_jobs.student.model import Student, predict

Saved = tuple[Path, str]


def plant(folder: Path, content: bytes) -> str:
    """Put other bytes where the weights are; returns their checksum, as an attacker who reached it would."""
    (folder / WEIGHTS).write_bytes(content)
    return hashlib.sha256(content).hexdigest()


def test_a_loaded_student_predicts_the_same_bits(saved: Saved, student: Student) -> None:
    loaded = load_student(*saved)
    assert loaded.config == student.config
    vectors = torch.randn((20, student.config.dims), generator=torch.Generator().manual_seed(0))
    pairs = zip(predict(loaded, vectors), predict(student, vectors), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_saving_twice_gives_the_same_file(saved: Saved, student: Student) -> None:
    folder, sha256 = saved
    assert save_weights(student, folder) == sha256
    assert [path.name for path in folder.iterdir()] == [WEIGHTS]


@pytest.mark.parametrize("position", [0, 8, 200, -1])
def test_one_changed_byte_is_refused(saved: Saved, position: int) -> None:
    folder, sha256 = saved
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[position] ^= 1
    (folder / WEIGHTS).write_bytes(content)
    with pytest.raises(CheckpointError, match="it is damaged or another student's"):
        load_student(folder, sha256)


def test_missing_weights_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"weights\.safetensors cannot be read"):
        load_student(tmp_path, "0" * 64)


class Gadget:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.canary),)


@pytest.mark.parametrize("through_torch", [False, True])
def test_a_pickle_in_disguise_is_refused_and_not_run(saved: Saved, tmp_path: Path, through_torch: bool) -> None:
    folder, _ = saved
    canary = tmp_path / "canary"
    if through_torch:
        torch.save(Gadget(canary), folder / WEIGHTS)
        sha256 = plant(folder, (folder / WEIGHTS).read_bytes())
    else:
        sha256 = plant(folder, pickle.dumps(Gadget(canary)))
    with pytest.raises(CheckpointError, match="it is not a student's"):
        load_student(folder, sha256)
    assert not canary.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 10 << 30) + b"{}",
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 4) + b"\xff{}}",
        struct.pack("<Q", 2 << 20) + b" " * (2 << 20),
    ],
)
def test_a_malformed_header_is_refused(saved: Saved, content: bytes) -> None:
    folder, _ = saved
    with pytest.raises(CheckpointError):
        load_student(folder, plant(folder, content))


@pytest.mark.parametrize("change", ["missing", "surplus", "shape"])
def test_tensors_must_be_those_of_the_config(saved: Saved, student: Student, change: str) -> None:
    folder, _ = saved
    state = dict(student.state_dict())
    if change == "missing":
        del state["mean"]
    else:
        state["extra" if change == "surplus" else "mean"] = torch.zeros(3)
    sha256 = plant(folder, safetensors.torch.save(state, metadata={"config": student.config.to_json()}))
    with pytest.raises(CheckpointError, match="does not hold the weights of its config"):
        load_student(folder, sha256)


@pytest.mark.parametrize("meta", [None, "{", "[]", "{}"])
def test_an_unreadable_meta_is_refused(tmp_path: Path, meta: str | None) -> None:
    if meta is not None:
        (tmp_path / "meta.json").write_text(meta)
    with pytest.raises(CheckpointError, match=r"meta\.json cannot be read"):
        recorded_sha256(tmp_path)


def test_the_config_travels_in_the_weights_file(saved: Saved, student: Student) -> None:
    folder, _ = saved
    content = (folder / WEIGHTS).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    assert json.loads(content[8 : 8 + length])["__metadata__"] == {"config": student.config.to_json()}


def test_code_version_fits_its_column() -> None:
    assert len(code_version()) == 40
