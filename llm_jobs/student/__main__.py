"""The student program: files and pipes in and out, no database, no Django.

``python -m llm_jobs.student train FOLDER``
    reads ``config.json`` (StudentConfig) and the arrays of :mod:`llm_jobs.student.data`; writes
    ``weights.safetensors`` and ``meta.json`` beside them. stdout: the meta as one JSON object.
    stderr: ``{"epoch": n, "train_loss": x, "validation_loss": y}`` after every epoch.
``python -m llm_jobs.student predict FOLDER VECTORS.npy OUT.npz [--sha256 HEX]``
    VECTORS float32 n x dims -> ``head_<i>`` float32 n x q each. Without ``--sha256``, the checksum in ``meta.json``.
``python -m llm_jobs.student score FOLDER --sha256 HEX --score-set N``
    a filter between ``COPY (SELECT item_id, content_hash, vector ...) TO STDOUT (FORMAT binary)`` on stdin and
    ``COPY scores (score_set, item_id, content_hash, p) FROM STDIN (FORMAT binary)`` on stdout.
    stderr: ``{"scored": n}`` after every chunk.

Exit 2 and ``{"error": class, "message": text, "item_id": id or null}`` as the last line of stderr on bad input; files
are then as they were, and whatever was written to stdout is to be thrown away.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from llm_jobs.student import checkpoint, data
from llm_jobs.student.config import StudentConfig
from llm_jobs.student.errors import ConfigError, StudentError
from llm_jobs.student.evaluate import head_reports
from llm_jobs.student.model import predict
from llm_jobs.student.score import score_stream
from llm_jobs.student.train import train


def say(**values: object) -> None:
    print(json.dumps(values), file=sys.stderr, flush=True)


def train_student(folder: Path) -> checkpoint.Meta:
    """Train from ``folder``, write the checkpoint into it."""
    try:
        config = StudentConfig.from_json((folder / "config.json").read_bytes())
    except OSError as error:
        raise ConfigError(f"config.json cannot be read: {error}") from error
    rows = data.load_training_data(folder, config)
    counts = {split.name.lower(): len(rows.rows(split)) for split in data.Split}
    student, curve = train(config, rows, lambda epoch: say(**asdict(epoch)))
    meta = checkpoint.Meta(
        config=config,
        encoder=config.encoder,
        seed=config.seed,
        data_hash=data.data_hash(rows),
        code_version=checkpoint.code_version(),
        torch=str(torch.__version__),
        sha256=checkpoint.save_weights(student, folder),
        n=counts | {"held_out_seen": data.count_seen(rows)},
        heads=head_reports(student, rows),
        curve=curve,
    )
    checkpoint.save_meta(meta, folder)
    return meta


def predict_file(folder: Path, vectors: Path, out: Path, sha256: str | None) -> None:
    """Write ``out`` atomically."""
    student = checkpoint.load_student(folder, sha256 or checkpoint.recorded_sha256(folder))
    x = torch.from_numpy(data.load_vectors(vectors, student.config.dims))
    heads = {f"head_{i}": p.float().numpy() for i, p in enumerate(predict(student, x))}
    temporary = out.with_name(out.name + ".new")
    with temporary.open("wb") as file:
        np.savez(file, **heads)  # type: ignore[arg-type]
    temporary.replace(out)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m llm_jobs.student", description="Train and run a student.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    training = verbs.add_parser("train")
    prediction = verbs.add_parser("predict")
    scoring = verbs.add_parser("score")
    for verb in (training, prediction, scoring):
        verb.add_argument("folder", type=Path)
    prediction.add_argument("vectors", type=Path)
    prediction.add_argument("out", type=Path)
    prediction.add_argument("--sha256")
    scoring.add_argument("--sha256", required=True)
    scoring.add_argument("--score-set", type=int, required=True)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    # Networks this small gain nothing from a second thread, and lose a factor of ten where processors are busy: threads
    # wait for each other by spinning, while PostgreSQL feeds them from the same processors. And a training gives equal
    # weights whatever the number of processors.
    torch.set_num_threads(1)
    try:
        match options.verb:
            case "train":
                print(json.dumps(asdict(train_student(options.folder)), allow_nan=False))
            case "predict":
                predict_file(options.folder, options.vectors, options.out, options.sha256)
            case "score":
                student = checkpoint.load_student(options.folder, options.sha256)
                score_stream(
                    student, sys.stdin.buffer, sys.stdout.buffer, score_set=options.score_set,
                    report=lambda n: say(scored=n),
                )  # fmt: skip
    except StudentError as error:
        say(error=type(error).__name__, message=str(error), item_id=error.item_id)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
