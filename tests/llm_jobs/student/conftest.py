from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from llm_jobs.student.checkpoint import save_weights
from llm_jobs.student.config import HeadConfig, StudentConfig
from llm_jobs.student.data import Split, Targets, TrainingData
from llm_jobs.student.model import Student
from llm_jobs.student.train import train

DIMS = 8
HEADS = (HeadConfig("funny", "binary", 2), HeadConfig("mood", "nominal", 3), HeadConfig("pace", "ordinal", 4))


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Toy networks gain nothing from a second thread, and lose much where processors are busy."""
    torch.set_num_threads(1)


@pytest.fixture
def config() -> StudentConfig:
    return StudentConfig(
        encoder="toy", dims=DIMS, heads=HEADS, hidden=(16,), max_epochs=15, batch_size=32, learning_rate=0.01
    )


def learnable(config: StudentConfig, n: int, seed: int = 0) -> TrainingData:
    """Vectors of which the first three dimensions decide the three heads' soft labels."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((n, config.dims)).astype(np.float32)
    targets = []
    for i, head in enumerate(config.heads):
        logits = -4.0 * np.abs(vectors[:, i : i + 1] - np.linspace(-1, 1, head.q))
        labels = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        targets.append(Targets(labels.astype(np.float32), np.ones(n, dtype=np.float32)))
    split = np.resize(np.array([Split.TRAIN] * 6 + [Split.VALIDATION, Split.HELD_OUT] * 2, dtype=np.int8), n)
    return TrainingData(vectors, tuple(targets), split)


def write_folder(folder: Path, config: StudentConfig, data: TrainingData) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(config.to_json())
    np.save(folder / "vectors.npy", data.vectors)
    np.save(folder / "split.npy", data.split)
    arrays = {f"head_{i}": target.labels for i, target in enumerate(data.targets)}
    arrays |= {f"weight_{i}": target.weights for i, target in enumerate(data.targets)}
    np.savez(folder / "targets.npz", **arrays)
    return folder


@pytest.fixture
def data(config: StudentConfig) -> TrainingData:
    return learnable(config, 200)


@pytest.fixture
def silent() -> Callable[[object], None]:
    return lambda _: None


@pytest.fixture
def student(config: StudentConfig, data: TrainingData, silent: Callable[[object], None]) -> Student:
    return train(config, data, silent)[0]


@pytest.fixture
def saved(student: Student, tmp_path: Path) -> tuple[Path, str]:
    """A folder with a student's weights, and their checksum."""
    return tmp_path, save_weights(student, tmp_path)
