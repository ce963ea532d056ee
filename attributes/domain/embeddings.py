"""Item embeddings: computed by the encoder program, stored in the encoder's own partition."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from numpy.typing import NDArray
from pgvector import HalfVector

from labelhub.lib.copy import raw_cursor
from labelhub.lib.errors import BadInput, Refused
from labelhub.lib.processes import child_environment

from ..encoders import MINILM, EncoderSpec, item_text
from ..models import Corpus, Encoder, Item, ItemEmbedding

CHUNK = 2_000
Vectors = NDArray[np.float16]


@dataclass(frozen=True)
class EmbedResult:
    encoder: str
    embedded: int
    seconds: float


@transaction.atomic
def register(spec: EncoderSpec) -> Encoder:
    """The encoder's row and its partition, made where they are missing."""
    encoder, created = Encoder.objects.get_or_create(
        name=spec.name,
        version=spec.version,
        defaults={"modality": spec.modality, "dims": spec.dims, "params_hash": spec.params_hash},
    )
    if encoder.params_hash != spec.params_hash:
        raise Refused(f"encoder {encoder} is stored with other parameters: give the changed one a new version")
    if created:
        add_partition(encoder)
    return encoder


def add_partition(encoder: Encoder) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE attributes_itemembedding_{encoder.pk:d} PARTITION OF attributes_itemembedding "
            f"(CHECK (vector_dims(vector) = {encoder.dims:d})) FOR VALUES IN ({encoder.pk:d})"
        )


def default_encoder() -> Encoder:
    return register(MINILM)


def embed(
    *, corpus: Corpus, encoder: Encoder | None = None, on_progress: Callable[[int, int], None] | None = None
) -> EmbedResult:
    """Encode what is missing or changed, in chunks that are each stored whole: interrupted work goes on where it was.

    `on_progress(done, total)` is called after each chunk.
    """
    started = time.monotonic()
    encoder = encoder or default_encoder()
    todo = list(stale_items(corpus, encoder).values_list("pk", flat=True))
    for start in range(0, len(todo), CHUNK):
        chunk = list(Item.objects.filter(pk__in=todo[start : start + CHUNK]).only("title", "text", "content_hash"))
        vectors = encode([item_text(item.title, item.text) for item in chunk], encoder)
        store_vectors(encoder, chunk, vectors)
        if on_progress:
            on_progress(start + len(chunk), len(todo))
    return EmbedResult(str(encoder), len(todo), time.monotonic() - started)


def stale_items(corpus: Corpus, encoder: Encoder) -> models.QuerySet[Item]:
    """Items without a vector of their present content."""
    current = ItemEmbedding.objects.filter(encoder=encoder, item=OuterRef("pk"), content_hash=OuterRef("content_hash"))
    return Item.objects.filter(~Exists(current), corpus=corpus, removed_at=None).order_by("pk")


@transaction.atomic
def store_vectors(encoder: Encoder, items: Sequence[Item], vectors: Vectors) -> None:
    """Replace the items' vectors; all of them or none."""
    if vectors.shape != (len(items), encoder.dims) or not np.isfinite(vectors).all():
        raise BadInput(f"encoder {encoder} gave vectors of shape {vectors.shape}, or not finite")
    ItemEmbedding.objects.filter(encoder=encoder, item__in=items).delete()
    with (
        raw_cursor() as cursor,
        cursor.copy("COPY attributes_itemembedding (encoder_id, item_id, vector, content_hash) FROM STDIN") as copy,
    ):
        for item, vector in zip(items, vectors, strict=True):
            copy.write_row((encoder.pk, item.pk, HalfVector(vector).to_text(), item.content_hash))


def encode(texts: Sequence[str], encoder: Encoder) -> Vectors:
    """Unit vectors, shape (len(texts), dims), from the encoder program (a process of its own: it loads torch)."""
    command = [sys.executable, "-m", "attributes.encoders", "encode", encoder.name, "--cache", str(_cache())]
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    done = subprocess.run(
        command, input=lines.encode(), capture_output=True, check=False, env=child_environment(), cwd=settings.BASE_DIR
    )
    if done.returncode:
        raise BadInput(f"encoder {encoder.name} failed: {done.stderr.decode(errors='replace')[-500:]}")
    return np.frombuffer(done.stdout, "<f2").reshape(len(texts), encoder.dims)


def _cache() -> Path:
    return Path(settings.LABELHUB_DATA) / "encoders"
