"""Students: trained by the student program on a silver set, kept with their weights' checksum."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from attributes.domain import audit, embeddings
from attributes.models import Attribute, Corpus, Definition, Encoder, ItemEmbedding
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from labelhub.lib.processes import child_environment
from labelhub.lib.version import CODE_VERSION
from raters.domain import agreement
from raters.models import RatingSet

from ..models import Evaluation, SilverItem, SilverSet, Student, StudentHead
from ..student.config import HeadConfig, StudentConfig
from . import evaluations
from .evaluations import MachineLabels

SPLIT_CODES = {SilverItem.Split.TRAIN: 0, SilverItem.Split.VALIDATION: 1, SilverItem.Split.HELD_OUT: 2}
Vectors = NDArray[np.float32]
Progress = Callable[[int, int], None]


def folder_of(student: Student) -> Path:
    return Path(settings.LABELHUB_DATA) / "students" / str(student.uid)


def train(
    *,
    silver: SilverSet,
    definitions: Sequence[Definition],
    seed: int = 0,
    actor: User | None = None,
    on_progress: Progress | None = None,
) -> Student:
    """Train a student with a head per definition; its row appears when its weights lie whole in the data folder.

    Raises `BadInput` with the program's own message when the silver set cannot be learnt from.
    """
    encoder = embeddings.default_encoder()
    embeddings.embed(corpus=silver.corpus, encoder=encoder)
    config = StudentConfig(
        encoder=str(encoder),
        dims=encoder.dims,
        heads=tuple(_head(definition) for definition in definitions),
        seed=seed,
    )
    root = Path(settings.LABELHUB_DATA) / "students"
    root.mkdir(parents=True, exist_ok=True)
    uid = uuid.uuid4()
    with tempfile.TemporaryDirectory(dir=root, prefix="training-") as temporary:
        folder = Path(temporary)
        _write_data(folder, silver, definitions, encoder)
        (folder / "config.json").write_text(config.to_json())
        meta = json.loads(run_program("train", str(folder), on_line=_epochs(config.max_epochs, on_progress)))
        for heavy in ("vectors.npy", "targets.npz", "split.npy"):
            (folder / heavy).unlink()
        shutil.copytree(folder, root / str(uid))
    return _store(uid, silver, definitions, encoder, config, meta, actor)


def _head(definition: Definition) -> HeadConfig:
    spec = definition.parsed()
    return HeadConfig(definition=str(definition.uid), scale=spec.scale, q=len(spec.levels))


def _epochs(total: int, on_progress: Progress | None) -> Callable[[dict[str, Any]], None]:
    def on_line(line: dict[str, Any]) -> None:
        if on_progress and "epoch" in line:
            on_progress(int(line["epoch"]), total)

    return on_line


def _write_data(folder: Path, silver: SilverSet, definitions: Sequence[Definition], encoder: Encoder) -> None:
    """The training folder as `llm_jobs.student.data` reads it: one row an item, NaN where a head has no label."""
    rows = list(
        SilverItem.objects.filter(silver_set=silver)
        .order_by("item")
        .values_list("item", "definition", "p", "weight", "split")
    )
    items = sorted({row[0] for row in rows})
    position = {item: i for i, item in enumerate(items)}
    split = np.zeros(len(items), dtype=np.int8)
    targets: dict[str, NDArray[np.float32]] = {}
    for k, definition in enumerate(definitions):
        q = definition.attribute.levels.count()
        targets[f"head_{k}"] = np.full((len(items), q), np.nan, dtype=np.float32)
        targets[f"weight_{k}"] = np.zeros(len(items), dtype=np.float32)
    head = {definition.pk: k for k, definition in enumerate(definitions)}
    for item, definition_id, p, weight, part in rows:
        i, k = position[item], head[definition_id]
        split[i] = SPLIT_CODES[part]
        targets[f"head_{k}"][i] = p
        targets[f"weight_{k}"][i] = weight
    np.save(folder / "vectors.npy", vectors_of(items, encoder))
    np.save(folder / "split.npy", split)
    np.savez(folder / "targets.npz", **targets)  # type: ignore[arg-type]


def vectors_of(items: Sequence[int], encoder: Encoder) -> Vectors:
    """The items' vectors in their order, shape (n, dims); `BadInput` when one is missing."""
    stored = ItemEmbedding.objects.filter(encoder=encoder, item__in=items)
    by_item = {item: np.asarray(vector, np.float32) for item, vector in stored.values_list("item", "vector").iterator()}
    missing = [item for item in items if item not in by_item]
    if missing:
        raise BadInput(f"{len(missing)} items have no vector of {encoder}: embed the corpus first")
    return np.stack([by_item[item] for item in items]).astype(np.float32)


def run_program(*arguments: str, on_line: Callable[[dict[str, Any]], None] | None = None) -> bytes:
    """Run `python -m llm_jobs.student`; returns its stdout. Its bad input (exit 2) becomes `BadInput`."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "llm_jobs.student", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            env=child_environment(),
            cwd=settings.BASE_DIR,
        )
        try:
            last = _follow(process, on_line)
        finally:
            process.kill()
            process.wait()
        check_exit(process.returncode, last)
        output.seek(0)
        return output.read()


def _follow(process: subprocess.Popen[bytes], on_line: Callable[[dict[str, Any]], None] | None) -> str:
    last = ""
    for raw in process.stderr or ():
        last = raw.decode(errors="replace").strip() or last
        if on_line and last.startswith("{"):
            on_line(json.loads(last))
    process.wait()
    return last


def check_exit(code: int, last_line: str) -> None:
    """Turn the student program's exit into an exception."""
    if code == 2 and last_line.startswith("{"):
        raise BadInput(f"student: {json.loads(last_line)['message']}")
    if code:
        raise RuntimeError(f"the student program ended with {code}: {last_line[-500:]}")


@transaction.atomic
def _store(
    uid: uuid.UUID,
    silver: SilverSet,
    definitions: Sequence[Definition],
    encoder: Encoder,
    config: StudentConfig,
    meta: dict[str, Any],
    actor: User | None,
) -> Student:
    student = Student.objects.create(
        uid=uid,
        corpus=silver.corpus,
        silver_set=silver,
        encoder=encoder,
        config=json.loads(config.to_json()),
        seed=config.seed,
        sha256=meta["sha256"],
        code_version=CODE_VERSION,
        metrics={"n": meta["n"], "heads": meta["heads"], "curve": meta["curve"], "data_hash": meta["data_hash"]},
        created_by=actor,
    )
    offset = 0
    for k, (definition, head) in enumerate(zip(definitions, config.heads, strict=True)):
        temperature = float(meta["heads"][k].get("temperature", 1.0))
        StudentHead.objects.create(
            student=student,
            definition=definition,
            position=k,
            p_offset=offset,
            p_width=head.q,
            temperature=temperature,
        )
        offset += head.q
    audit.record(
        actor=actor, corpus=silver.corpus, verb="student_trained", target=student, after_hash=student.sha256,
        silver=silver.hash,
    )  # fmt: skip
    return student


def labels_on(student: Student, rating_set: RatingSet, split: str) -> MachineLabels:
    """The student's labels of a rating set's items, as an annotator of its evaluation.

    `BadInput` when the student has no head for the set's definition.
    """
    head = student.heads.filter(definition=rating_set.definition).first()
    if head is None:
        raise BadInput(f"{student} was not trained for {rating_set.definition}, which {rating_set} rests on")
    items = agreement.load(rating_set, split).items
    p = predict(student, vectors_of(items, student.encoder))[head.position]
    return MachineLabels(str(student), digest({"student": student.sha256}), p.argmax(axis=1).astype(np.int64), (), 0, 0)


def predict(student: Student, vectors: Vectors) -> list[NDArray[np.float32]]:
    """Probabilities per head, each (n, q)."""
    with tempfile.TemporaryDirectory() as temporary:
        source, target = Path(temporary) / "vectors.npy", Path(temporary) / "p.npz"
        np.save(source, vectors)
        run_program("predict", str(folder_of(student)), str(source), str(target), "--sha256", student.sha256)
        with np.load(target) as archive:
            return [archive[f"head_{k}"] for k in range(student.heads.count())]


def evaluate(
    student: Student, *, rating_set: RatingSet, split: str, seed: int = 0, user: User | None = None
) -> Evaluation:
    """The student beside the annotators on a rating set."""
    labels = labels_on(student, rating_set, split)
    return evaluations.evaluate(rating_set=rating_set, split=split, extra=(labels,), seed=seed, user=user)


def find(corpus: Corpus, key: str | None, *, attribute: Attribute | None = None) -> Student:
    """A student by uid or its beginning; the newest (with a head for the attribute) by default."""
    students = Student.objects.filter(corpus=corpus).order_by("-id")
    if attribute is not None:
        students = students.filter(heads__definition__attribute=attribute)
    if key is None:
        newest = students.first()
        if newest is None:
            raise BadInput(f"{corpus.slug} has no student{f' for {attribute.slug}' if attribute else ''}: train one")
        return newest
    found = [student for student in students if str(student.uid).startswith(key)]
    if len(found) != 1:
        raise BadInput(f"student {key!r} fits {len(found)} students")
    return found[0]
