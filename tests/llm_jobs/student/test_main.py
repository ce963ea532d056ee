"""The program as others start it: a folder in, a folder out; a stream in, a stream out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from llm_jobs.student.__main__ import main
from llm_jobs.student.config import StudentConfig
from llm_jobs.student.data import TrainingData
from llm_jobs.student.pgcopy import HEADER, TRAILER, score_row

from .conftest import write_folder
from .test_score import item_stream


@pytest.fixture
def folder(tmp_path: Path, config: StudentConfig, data: TrainingData) -> Path:
    return write_folder(tmp_path / "student", config, data)


def run(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "llm_jobs.student", *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, check=False)


def last_error(text: str) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(text.splitlines()[-1])
    return error


def test_train_predict_and_score_agree(folder: Path, data: TrainingData, capsys: pytest.CaptureFixture[str]) -> None:
    trained = run("train", folder)
    assert trained.returncode == 0
    meta = json.loads(trained.stdout)
    assert meta == json.loads((folder / "meta.json").read_text())
    assert meta["n"] == {"train": 120, "validation": 40, "held_out": 40, "held_out_seen": 0}
    assert [json.loads(line) for line in trained.stderr.splitlines()] == meta["curve"]
    assert [head["definition"] for head in meta["heads"]] == ["funny", "mood", "pace"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json", "meta.json", "split.npy", "targets.npz", "vectors.npy", "weights.safetensors",
    ]  # fmt: skip

    halves = data.vectors.astype(np.float16)
    np.save(folder / "corpus.npy", halves.astype(np.float32))
    assert main(["predict", str(folder), str(folder / "corpus.npy"), str(folder / "out.npz")]) == 0
    with np.load(folder / "out.npz") as archive:
        predicted = np.hstack([archive[f"head_{i}"] for i in range(3)])

    scored = run("score", folder, "--sha256", meta["sha256"], "--score-set", 3, stdin=item_stream(halves).getvalue())
    assert scored.returncode == 0
    assert json.loads(scored.stderr) == {"scored": 200}
    rows = np.frombuffer(scored.stdout[len(HEADER) : -len(TRAILER)], dtype=score_row(9))
    np.testing.assert_allclose(rows["p"]["value"], predicted, rtol=1e-4)
    assert capsys.readouterr() == ("", "")


def test_bad_input_exits_2_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vectors = np.load(folder / "vectors.npy")
    vectors[4, 4] = np.nan
    np.save(folder / "vectors.npy", vectors)
    before = sorted(folder.iterdir())
    assert main(["train", str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert last_error(err) == {
        "error": "NotFiniteError", "message": "vectors.npy holds NaN or infinity in row 4", "item_id": None,
    }  # fmt: skip
    assert sorted(folder.iterdir()) == before


def test_a_missing_config_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path)]) == 2
    assert last_error(capsys.readouterr().err)["error"] == "ConfigError"


def test_score_refuses_another_checksum(saved: tuple[Path, str], capsys: pytest.CaptureFixture[str]) -> None:
    folder, _ = saved
    assert main(["score", str(folder), "--sha256", "0" * 64, "--score-set", "1"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert last_error(err)["error"] == "CheckpointError"


@pytest.mark.parametrize(
    "verb", [["train"], ["predict", "in.npy", "out.npz"], ["score", "--sha256", "0", "--score-set", "1"]]
)
def test_every_verb_takes_one_thread(tmp_path: Path, verb: list[str]) -> None:
    torch.set_num_threads(2)
    main([verb[0], str(tmp_path), *verb[1:]])
    assert torch.get_num_threads() == 1
