"""A student on disk: ``weights.safetensors``, complete in itself, and ``meta.json``, what is known about it.

The weights file carries the config in its header, so its SHA-256 covers everything that decides a prediction: config,
order of heads, standardisation, weights, temperatures. Callers keep that checksum elsewhere (a database row) and load
by it. Nothing here can execute code from a file: no pickle, no ``torch.load``.
"""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
from safetensors import SafetensorError

from llm_jobs.student.config import StudentConfig
from llm_jobs.student.errors import CheckpointError, ConfigError
from llm_jobs.student.evaluate import HeadReport
from llm_jobs.student.model import Student
from llm_jobs.student.train import Epoch

WEIGHTS, META = "weights.safetensors", "meta.json"
LARGEST_HEADER = 1 << 20  # bytes; a student's is a few thousand


@dataclass(frozen=True, slots=True)
class Meta:
    """``meta.json``. ``n`` counts rows per split, and under ``held_out_seen`` those whose vector is a training row's.

    ``sha256`` is that of the weights file; ``code_version`` that of this package's sources; ``curve`` ends
    ``patience`` epochs after the best one unless the epochs ran out.
    """

    config: StudentConfig
    encoder: str
    seed: int
    data_hash: str
    code_version: str
    torch: str
    sha256: str
    n: dict[str, int]
    heads: tuple[HeadReport, ...]
    curve: tuple[Epoch, ...]


def code_version() -> str:
    """The first 40 hex digits of the SHA-256 over the names and bytes of this package's sources."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:40]


def save_weights(student: Student, folder: Path) -> str:
    """Write the weights file atomically; returns its SHA-256 (hex)."""
    state = {name: tensor.contiguous() for name, tensor in student.state_dict().items()}
    data = safetensors.torch.save(state, metadata={"config": student.config.to_json()})
    _replace(folder / WEIGHTS, data)
    return hashlib.sha256(data).hexdigest()


def save_meta(meta: Meta, folder: Path) -> None:
    """Write ``meta.json`` atomically; strict JSON."""
    _replace(folder / META, (json.dumps(asdict(meta), indent=1, allow_nan=False) + "\n").encode())


def recorded_sha256(folder: Path) -> str:
    """The checksum that ``meta.json`` gives for the weights beside it."""
    try:
        return str(json.loads((folder / META).read_text())["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder / META} cannot be read: {error}") from error


def load_student(folder: Path, sha256: str) -> Student:
    """The student in ``folder``, whose weights file must have this SHA-256 (hex). Raises :class:`CheckpointError`."""
    path = folder / WEIGHTS
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256.lower():
        raise CheckpointError(f"{path} has checksum {found}, not {sha256}: it is damaged or another student's")
    config = _config_in(data)
    student = Student(config)
    try:
        student.load_state_dict(safetensors.torch.load(data), strict=True)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"{path} does not hold the weights of its config: {error}") from error
    student.eval()
    return student


def _config_in(data: bytes) -> StudentConfig:
    """The config in a safetensors header: u64 little-endian header length, then that many bytes of JSON."""
    if len(data) < 8:
        raise CheckpointError("the weights file is too short to be safetensors")
    (length,) = struct.unpack_from("<Q", data)
    if length > min(LARGEST_HEADER, len(data) - 8):
        raise CheckpointError(f"the weights file claims a header of {length} bytes: it is not a student's")
    try:
        header: Any = json.loads(data[8 : 8 + length])
        return StudentConfig.from_json(header["__metadata__"]["config"])
    except (ValueError, KeyError, TypeError, ConfigError) as error:
        raise CheckpointError(f"the weights file's header is not a student's: {error}") from error


def _replace(path: Path, data: bytes) -> None:
    """Write beside ``path``, then rename: readers see the old bytes or the new ones."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_bytes(data)
    temporary.replace(path)
