"""The one-time export of MiniLM from its package to ONNX, and the check of what was exported.

onnxruntime encodes about twice as fast as torch and needs half the memory. An export is a folder
``<cache>/<name>-<version>/`` with ``model.onnx`` and ``export.json`` (checksum, cosine to the original, versions);
it appears under its name only when both are complete. Pooling and normalisation are inside the graph.

torch, transformers and sentence_transformers are imported inside :func:`write_export` alone, which
:func:`ensure_export` runs in a process of its own, so that an encoding process stays small.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from attributes.encoders import EncoderSpec
from attributes.encoders.encode import MODEL_FOLDER, SentenceEncoder
from attributes.encoders.errors import ExportError

OPSET = 17
LOWEST_COSINE = 0.9999
PROBES = (
    "A kettle comes to the boil",
    "slow tide at dusk\nWaves roll in under a violet sky while somebody hums far away.",
    "",
    "¿Qué hora es? 夜の海 🙂 naïve café",
    "one word repeated " * 120,
)


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """``export.json``: ``sha256`` is that of ``model.onnx``; ``lowest_cosine`` is over the probe texts."""

    encoder: str
    version: str
    params_hash: str
    sha256: str
    lowest_cosine: float
    opset: int
    seconds: float
    torch: str
    onnx: str


def sha256_of(*paths: Path) -> str:
    """Hex digest of the files' bytes, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def export_folder(spec: EncoderSpec, cache: Path) -> Path:
    return cache / f"{spec.name}-{spec.version}"


def ensure_export(spec: EncoderSpec, cache: Path) -> Path:
    """The verified ``model.onnx``, exported first (in a subprocess) where the cache has none.

    Raises :class:`ExportError` if the export fails, or if a stored one is damaged or of other weights.
    """
    folder = export_folder(spec, cache)
    if not folder.exists():
        command = [sys.executable, "-m", "attributes.encoders", "export", spec.name, "--cache", str(cache)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ExportError(f"exporting {spec.name} failed: {done.stderr.strip()[-2000:]}")
    return verified_model(spec, folder)


def verified_model(spec: EncoderSpec, folder: Path) -> Path:
    """``folder/model.onnx`` after its checksum and its origin were compared with ``export.json`` and ``spec``."""
    model = folder / "model.onnx"
    try:
        record = ExportRecord(**json.loads((folder / "export.json").read_text()))
        digest = sha256_of(model)
    except (OSError, ValueError, TypeError) as error:
        raise ExportError(f"the export in {folder} is unreadable; remove the folder to export again") from error
    if digest != record.sha256:
        raise ExportError(f"{model} is damaged: its checksum is not the recorded one; remove {folder} to export again")
    if (record.encoder, record.version, record.params_hash) != (spec.name, spec.version, spec.params_hash):
        raise ExportError(f"the export in {folder} was made from other weights; remove the folder to export again")
    return model


def write_export(spec: EncoderSpec, cache: Path) -> ExportRecord:
    """Export ``spec`` into the cache, or keep the export that another process finished first.

    Raises :class:`ExportError` if the package holds other weights than the registry names, or if a probe text's
    cosine between the original and the export is under ``LOWEST_COSINE``.
    """
    if sha256_of(MODEL_FOLDER / "model.safetensors", MODEL_FOLDER / "tokenizer.json") != spec.params_hash:
        raise ExportError(f"the installed package does not hold the weights of {spec.name} version {spec.version}")
    cache.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    new = Path(tempfile.mkdtemp(prefix=f".{spec.name}-", dir=cache))
    try:
        model = new / "model.onnx"
        versions = _trace(model)
        cosine = _lowest_cosine(model)
        if not cosine >= LOWEST_COSINE:
            raise ExportError(f"the export of {spec.name} has cosine {cosine:.5f} to the original on a probe text")
        record = ExportRecord(
            encoder=spec.name, version=spec.version, params_hash=spec.params_hash, sha256=sha256_of(model),
            lowest_cosine=cosine, opset=OPSET, seconds=round(time.monotonic() - started, 2), **versions,
        )  # fmt: skip
        (new / "export.json").write_text(json.dumps(asdict(record), indent=1) + "\n")
        _move_into_place(new, export_folder(spec, cache))
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return record


def _move_into_place(new: Path, folder: Path) -> None:
    try:
        new.rename(folder)
    except OSError:
        if not (folder / "export.json").exists():
            raise
        # Another process finished the same export first; both are equal in what they compute.


def _trace(path: Path) -> dict[str, str]:
    """Write the graph (token ids, mask: int64 b x t) -> (vector: float32 b x dims, of length 1)."""
    import onnx
    import torch
    from transformers import AutoModel

    class Sentence(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = AutoModel.from_pretrained(MODEL_FOLDER, attn_implementation="eager")

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            tokens = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # b x t x dims
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)  # b x t x 1
            mean = (tokens * mask).sum(1) / mask.sum(1)
            return torch.nn.functional.normalize(mean, dim=1)

    example = torch.ones((2, 8), dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        Sentence().eval(), (example, example), str(path), dynamo=False, opset_version=OPSET,
        input_names=["input_ids", "attention_mask"], output_names=["vector"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vector": {0: "batch"}},
    )  # fmt: skip
    return {"torch": str(torch.__version__), "onnx": str(onnx.__version__)}


def _lowest_cosine(model: Path) -> float:
    from sentence_transformers import SentenceTransformer

    original: Any = SentenceTransformer(str(MODEL_FOLDER), device="cpu")
    expected = original.encode(list(PROBES), normalize_embeddings=True, show_progress_bar=False)  # probes x dims
    return lowest_cosine(expected, SentenceEncoder(model).encode(PROBES))


def lowest_cosine(a: npt.NDArray[np.floating[Any]], b: npt.NDArray[np.floating[Any]]) -> float:
    """The lowest cosine between equal rows of two matrices (n x d); NaN where a row is zero."""
    x, y = a.astype(np.float64), b.astype(np.float64)
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    with np.errstate(invalid="ignore"):
        return float(((x * y).sum(axis=1) / norms).min())
