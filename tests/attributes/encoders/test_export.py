from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from attributes.encoders import MINILM
from attributes.encoders.errors import ExportError
from attributes.encoders.export import (
    LOWEST_COSINE,
    ensure_export,
    export_folder,
    lowest_cosine,
    sha256_of,
    write_export,
)  # fmt: skip


@pytest.fixture
def copied(cache: Path, tmp_path: Path) -> Path:
    """A cache of its own for a test that damages it; the large file is a hard link."""
    folder = export_folder(MINILM, tmp_path)
    folder.mkdir()
    (folder / "model.onnx").hardlink_to(export_folder(MINILM, cache) / "model.onnx")
    shutil.copy(export_folder(MINILM, cache) / "export.json", folder)
    return tmp_path


def test_the_export_agrees_with_the_original_and_says_what_it_is(cache: Path) -> None:
    folder = export_folder(MINILM, cache)
    record = json.loads((folder / "export.json").read_text())
    assert record["lowest_cosine"] >= LOWEST_COSINE
    assert record["params_hash"] == MINILM.params_hash
    assert record["sha256"] == sha256_of(folder / "model.onnx")
    assert [path.name for path in cache.iterdir()] == [folder.name]


def test_a_stored_export_is_used_as_it_is(copied: Path) -> None:
    before = (export_folder(MINILM, copied) / "export.json").stat()
    model = ensure_export(MINILM, copied)
    assert model == export_folder(MINILM, copied) / "model.onnx"
    assert (model.parent / "export.json").stat().st_ino == before.st_ino


def test_a_damaged_model_is_refused(copied: Path) -> None:
    model = export_folder(MINILM, copied) / "model.onnx"
    model.unlink()
    model.write_bytes(b"not what was exported")
    with pytest.raises(ExportError, match="is damaged: its checksum is not the recorded one"):
        ensure_export(MINILM, copied)


@pytest.mark.parametrize("content", ["", "{}", "[]"])
def test_an_unreadable_record_is_refused(copied: Path, content: str) -> None:
    (export_folder(MINILM, copied) / "export.json").write_text(content)
    with pytest.raises(ExportError, match="is unreadable; remove the folder to export again"):
        ensure_export(MINILM, copied)


def test_an_export_of_other_weights_is_refused(copied: Path) -> None:
    other = dataclasses.replace(MINILM, params_hash="0" * 64)
    with pytest.raises(ExportError, match="was made from other weights"):
        ensure_export(other, copied)


def test_other_weights_than_the_registered_ones_are_not_exported(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the installed package does not hold the weights"):
        write_export(dataclasses.replace(MINILM, params_hash="0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_lowest_cosine() -> None:
    a, b = np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([[2.0, 0.0], [0.0, 3.0]])
    assert lowest_cosine(a, b) == pytest.approx(np.sqrt(0.5))
    assert np.isnan(lowest_cosine(np.zeros((1, 2)), np.ones((1, 2))))
