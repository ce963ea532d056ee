"""Students that were never trained, and scored corpora of random vectors: everything but the learning is real."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence

import torch

from attributes.models import Definition, Encoder
from llm_jobs.domain import students
from llm_jobs.models import SilverSet, Student, StudentHead
from llm_jobs.student import checkpoint, model
from llm_jobs.student.config import HeadConfig, StudentConfig


def student(definitions: Sequence[Definition], encoder: Encoder, *, seed: int = 0) -> Student:
    """A student with random weights on disk."""
    heads = tuple(
        HeadConfig(definition=str(d.uid), scale=d.parsed().scale, q=len(d.parsed().levels)) for d in definitions
    )
    config = StudentConfig(encoder=str(encoder), dims=encoder.dims, heads=heads, hidden=(8,), seed=seed)
    torch.manual_seed(seed)
    corpus = definitions[0].attribute.corpus
    spec = {"teachers": [{"definition": d.hash, "annotator": "model", "fingerprint": "f"} for d in definitions]}
    row = Student(corpus=corpus, encoder=encoder, config=json.loads(config.to_json()), seed=seed, code_version="test")
    folder = students.folder_of(row)
    folder.mkdir(parents=True)
    row.sha256 = checkpoint.save_weights(model.Student(config), folder)
    row.silver_set = SilverSet.objects.create(corpus=corpus, spec=spec, hash=uuid.uuid4().hex)
    figure = {"value": 0.9, "low": 0.8, "high": 0.95, "n": 40, "reason": None}
    fidelity = {"top1_agreement": figure, "kl_divergence": figure, "jensen_shannon": figure, "total_variation": figure}
    row.metrics = {
        "n": {"train": 80, "validation": 10, "held_out": 40, "held_out_seen": 0},
        "heads": [{"definition": head.definition, "temperature": 1.0, "fidelity": fidelity} for head in heads],
        "curve": [{"epoch": i, "train_loss": 0.7 if i else None, "validation_loss": 0.7 - i / 100} for i in range(4)],
        "data_hash": "d" * 64,
    }
    row.save()
    offset = 0
    for position, (definition, head) in enumerate(zip(definitions, heads, strict=True)):
        StudentHead.objects.create(
            student=row, definition=definition, position=position, p_offset=offset, p_width=head.q
        )
        offset += head.q
    return row
