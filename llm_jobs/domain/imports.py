"""Labels made elsewhere, brought in as a finished run of an imported annotator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from django.db import transaction
from django.db.models.functions import Now

from attributes.domain import audit
from attributes.domain.definitions import latest_published, lock_levels
from attributes.models import Attribute, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib import tables
from labelhub.lib.copy import execute
from labelhub.lib.errors import BadInput

from ..models import Annotation, Annotator, Run, RunDefinition, RunItem
from . import annotators


@dataclass(frozen=True)
class AnnotationColumns:
    """Where a file holds its labels. At most one of the three kinds of probability.

    `probability` = P(positive), binary only; `confidence` = in the given label, the rest is shared evenly by the
    others; `probabilities` = level key -> column.
    """

    item: str = "item_id"
    label: str = "label"
    where: Mapping[str, str] = field(default_factory=dict)
    probability: str | None = None
    confidence: str | None = None
    probabilities: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> list[str]:
        single = [self.item, self.label, self.probability, self.confidence]
        return list(dict.fromkeys([*filter(None, single), *self.probabilities.values()]))


@dataclass(frozen=True)
class _Label:
    level: str | None
    p: tuple[float, ...] | None
    row: int


@dataclass(frozen=True)
class ImportedAnnotations:
    run: Run
    definition: Definition
    n: int
    failed: int


def import_annotations(
    *, attribute: Attribute, path: Path, annotator: str, columns: AnnotationColumns, actor: User | None = None
) -> ImportedAnnotations:
    """Store the file's labels as a finished run. Repeated equal rows collapse; an empty label is a failure `empty`.

    Raises `BadInput` naming row and column for an unknown item, a label that is no level key, two rows that
    contradict each other, a probability outside 0..1; then nothing is written.
    """
    if annotators.is_reserved(annotator) or not annotator.strip():
        raise BadInput(f"--annotator {annotator!r}: this name is taken by an annotator of the product")
    chosen = [bool(columns.probability), bool(columns.confidence), bool(columns.probabilities)]
    if sum(chosen) > 1:
        raise BadInput("give one of --probability, --confidence and --probabilities")
    spec = latest_published(attribute).parsed()
    if columns.probability and spec.scale != "binary":
        raise BadInput(f"--probability is for binary scales; {attribute.slug} is {spec.scale}")
    if unknown := set(columns.probabilities) - set(spec.level_keys):
        raise BadInput(f"--probabilities: {', '.join(sorted(unknown))} is no level of {attribute.slug}")
    try:
        labels = _read(path, columns, spec.level_keys, spec.positive)
    except tables.TableError as error:
        raise BadInput(f"{path.name}: {error}") from None
    if not labels:
        raise BadInput(f"{path.name}: no label in it")
    with transaction.atomic():
        return _write(attribute, path, annotator, labels, columns, actor)


def _read(path: Path, columns: AnnotationColumns, keys: Sequence[str], positive: int) -> dict[str, _Label]:
    names = columns.columns()
    labels: dict[str, _Label] = {}
    for row, values in chain.from_iterable(tables.read(path, names, where=columns.where)):
        cell = dict(zip(names, values, strict=True))
        item, level = cell[columns.item], cell[columns.label]
        if not item:
            raise tables.TableError("is empty", row=row, column=columns.item)
        if level is not None and level not in keys:
            raise tables.TableError(f"{level!r} is not a level ({', '.join(keys)})", row=row, column=columns.label)
        p = _vector(cell, columns, keys, positive, row) if level is not None else None
        known = labels.setdefault(item, _Label(level, p, row))
        if (known.level, known.p) != (level, p):
            raise tables.TableError(
                f"item {item!r} is {level!r} here and {known.level!r} in row {known.row}",
                row=row,
                column=columns.label,
            )
    return labels


def _vector(
    cell: Mapping[str, str | None], columns: AnnotationColumns, keys: Sequence[str], positive: int, row: int
) -> tuple[float, ...] | None:
    """Probabilities in level order, or None where the file has none."""
    if columns.probability:
        p = _share(cell[columns.probability], row, columns.probability)
        return (1 - p, p) if positive == 1 else (p, 1 - p)
    if columns.confidence:
        p = _share(cell[columns.confidence], row, columns.confidence)
        rest = (1 - p) / (len(keys) - 1)
        return tuple(p if key == cell[columns.label] else rest for key in keys)
    if columns.probabilities:
        by_key = {key: _share(cell[column], row, column) for key, column in columns.probabilities.items()}
        total = sum(by_key.values())
        if abs(total - 1) > 0.01:
            column = next(iter(columns.probabilities.values()))
            raise tables.TableError(f"the probabilities sum to {total:.3f}, not to 1", row=row, column=column)
        return tuple(by_key.get(key, 0.0) / total for key in keys)
    return None


def _share(text: str | None, row: int, column: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise tables.TableError(f"{text!r} is not a number from 0 to 1", row=row, column=column)
    return value


def _write(
    attribute: Attribute,
    path: Path,
    name: str,
    labels: dict[str, _Label],
    columns: AnnotationColumns,
    actor: User | None,
) -> ImportedAnnotations:
    there = Item.objects.filter(corpus=attribute.corpus_id, external_id__in=labels)
    items = {item.external_id: item for item in there.only("pk", "external_id", "content_hash")}
    if missing := next((item for item in labels if item not in items), None):
        raise BadInput(
            f"{path.name}: row {labels[missing].row}, column {columns.item!r}: no item {missing!r} in this corpus"
        )
    annotator = annotators.get_or_create(
        corpus=attribute.corpus,
        name=name,
        backend=Annotator.Backend.IMPORTED,
        config={"name": name},
    )
    definition = latest_published(attribute)
    lock_levels(attribute)
    run = Run.objects.create(
        corpus=attribute.corpus, annotator=annotator, purpose=Run.Purpose.IMPORTED, state=Run.State.DONE,
        created_by=actor, started_at=Now(), finished_at=Now(),
    )  # fmt: skip
    RunDefinition.objects.create(run=run, definition=definition)
    rows = RunItem.objects.bulk_create(
        [
            RunItem(
                run=run,
                item=items[external_id],
                content_hash=items[external_id].content_hash,
                state=RunItem.State.DONE if label.level else RunItem.State.FAILED,
                failure_code="" if label.level else "empty",
            )
            for external_id, label in labels.items()
        ],
        batch_size=5000,
    )
    levels = {level.key: level.pk for level in attribute.levels.all()}
    Annotation.objects.bulk_create(
        (
            Annotation(
                run_item=row,
                definition=definition,
                item_id=row.item_id,
                level_id=levels[label.level] if label.level else None,
                p=list(label.p) if label.p else None,
                failure_code="" if label.level else "empty",
            )
            for row, label in zip(rows, labels.values(), strict=True)
        ),
        batch_size=5000,
    )
    execute("ANALYZE llm_jobs_runitem, llm_jobs_annotation")  # else reports of the next minutes are planned for none
    failed = sum(label.level is None for label in labels.values())
    audit.record(
        actor=actor, corpus=attribute.corpus, verb="annotations_imported", target=run, file=path.name, n=len(labels)
    )
    return ImportedAnnotations(run, definition, len(labels), failed)
