"""Students: trained by the student program on a silver set, kept with their weights' checksum."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.db import transaction
from numpy.typing import NDArray

from attributes.domain import audit, embeddings, vectors
from attributes.domain.vectors import Vectors
from attributes.models import Attribute, Corpus, Definition, Encoder
from attributes.schema import digest
from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput
from raters.domain import agreement
from raters.models import RatingSet

from ..models import Evaluation, SilverItem, SilverSet, Student, StudentHead
from ..student.config import HeadConfig, StudentConfig
from . import evaluations, programs
from .machine_labels import MachineLabels

SPLIT_CODES: dict[str, int] = {SilverItem.Split.TRAIN: 0, SilverItem.Split.VALIDATION: 1, SilverItem.Split.HELD_OUT: 2}
ABANDONED_SECONDS = 24 * 3600
Progress = Callable[[int, int], None]


def folder_of(student: Student) -> Path:
    return Path(settings.LABELHUB_DATA) / "students" / str(student.uid)


def train(
    *,
    silver: SilverSet,
    definitions: Sequence[Definition],
    encoder: Encoder | None = None,
    seed: int = 0,
    actor: User | None = None,
    on_progress: Progress | None = None,
) -> Student:
    """Train a student with a head per definition; its row appears when its weights lie whole in the data folder.

    Raises `BadInput` with the program's own message when the silver set cannot be learnt from.
    """
    encoder = encoder or embeddings.default_encoder()
    embeddings.embed(corpus=silver.corpus, encoder=encoder, on_progress=on_progress)
    config = StudentConfig(
        encoder=str(encoder),
        dims=encoder.dims,
        heads=tuple(_head(definition) for definition in definitions),
        seed=seed,
    )
    uid = uuid.uuid4()
    folder = _workshop()
    try:
        _write_data(folder, silver, definitions, encoder)
        (folder / "config.json").write_text(config.to_json())
        meta = json.loads(programs.run("train", str(folder), on_line=_epochs(config.max_epochs, on_progress)))
        for heavy in ("vectors.npy", "targets.npz", "split.npy"):
            (folder / heavy).unlink()
        folder = folder.rename(folder.parent / str(uid))
        return _store(uid, silver, definitions, encoder, config, meta, actor)
    except BaseException:
        shutil.rmtree(folder)
        raise


def _workshop() -> Path:
    """A new folder to train in, beside the finished students; those of workers that were killed are swept away."""
    root = Path(settings.LABELHUB_DATA) / "students"
    root.mkdir(parents=True, exist_ok=True)
    for left in root.glob("training-*"):
        if left.stat().st_mtime < time.time() - ABANDONED_SECONDS:
            shutil.rmtree(left)
    return Path(tempfile.mkdtemp(dir=root, prefix="training-"))


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
    np.save(folder / "vectors.npy", vectors.of_all(items, encoder))
    np.save(folder / "split.npy", split)
    np.savez(folder / "targets.npz", **targets)  # type: ignore[arg-type]


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
        code_version=meta["code_version"],
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


def fingerprint(student: Student) -> str:
    """What stands for the student in evaluations: everything that decides its answers is in its weights file."""
    return digest({"student": student.sha256})


def labels_on(student: Student, rating_set: RatingSet, split: str) -> MachineLabels:
    """The student's labels of a rating set's items, as an annotator of its evaluation.

    `BadInput` when the student has no head for the set's definition.
    """
    head = student.heads.filter(definition=rating_set.definition).first()
    if head is None:
        raise BadInput(f"{student} was not trained for {rating_set.definition}, which {rating_set} rests on")
    items = agreement.load(rating_set, split).items
    p = predict(student, vectors.of_all(items, student.encoder))[head.position]
    return MachineLabels(str(student), fingerprint(student), p.argmax(axis=1).astype(np.int64), (), 0, 0)


def predict(student: Student, x: Vectors) -> list[NDArray[np.float32]]:
    """Probabilities per head, each (n, q)."""
    with tempfile.TemporaryDirectory() as temporary:
        source, target = Path(temporary) / "vectors.npy", Path(temporary) / "p.npz"
        np.save(source, x)
        programs.run("predict", str(folder_of(student)), str(source), str(target), "--sha256", student.sha256)
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
        students = students.filter(heads__definition__attribute=attribute).distinct()
    if key is None:
        newest = students.first()
        if newest is None:
            raise BadInput(f"{corpus.slug} has no student{f' for {attribute.slug}' if attribute else ''}: train one")
        return newest
    found = [student for student in students if str(student.uid).startswith(key)]
    if len(found) != 1:
        choices = ", ".join(str(student.uid) for student in (found or students)[:10])
        raise BadInput(f"student {key!r} fits {len(found)} students (there are: {choices or 'none'})")
    return found[0]
