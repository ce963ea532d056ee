"""Storing figures under the name of everything they depend on."""

from __future__ import annotations

import uuid
from typing import Any

from attributes.models import Corpus
from attributes.schema import digest
from labelhub.lib.version import CODE_VERSION

from ..models import ReportSnapshot


def find(kind: ReportSnapshot.Kind, inputs: dict[str, Any]) -> ReportSnapshot | None:
    return ReportSnapshot.objects.filter(kind=kind, inputs_hash=digest(inputs)).first()


def store(
    *,
    corpus: Corpus,
    kind: ReportSnapshot.Kind,
    subject: uuid.UUID,
    split: str = "",
    inputs: dict[str, Any],
    payload: dict[str, Any],
) -> ReportSnapshot:
    """The snapshot of these inputs; of two who compute at once, the first stores it."""
    stored, _ = ReportSnapshot.objects.get_or_create(
        kind=kind,
        inputs_hash=digest(inputs),
        defaults={
            "corpus": corpus,
            "subject": subject,
            "split": split,
            "inputs": inputs,
            "payload": payload,
            "code_version": CODE_VERSION,
        },
    )
    return stored


def is_current(snapshot: ReportSnapshot, inputs: dict[str, Any]) -> bool:
    """Whether nothing changed since."""
    return snapshot.inputs_hash == digest(inputs)
