"""The `local` backend: zero-shot labels from embeddings, in chunks of a run's items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import connection

from attributes.domain import embeddings
from attributes.models import Corpus, Definition, Encoder, ItemEmbedding

from .. import zero_shot
from ..models import Run, RunItem
from ..zero_shot import Vectors
from . import runs


def work(run: Run, should_stop: runs.Stop) -> None:
    """Annotate until nothing is left, the run is no longer open, or `should_stop()`."""
    encoder = embeddings.default_encoder()
    embeddings.embed(corpus=run.corpus, encoder=encoder)
    definitions = [row.definition for row in run.run_definitions.select_related("definition__attribute")]
    background = mean_vector(run.corpus, encoder)
    levels = {definition.pk: _level_vectors(definition, encoder) for definition in definitions}
    while not should_stop() and (chunk := runs.claim_items(run)):
        runs.store(_label(chunk, definitions, levels, background, encoder))


def _level_vectors(definition: Definition, encoder: Encoder) -> Vectors:
    texts = zero_shot.level_texts(definition.parsed())
    flat = [text for level in texts.values() for text in level]
    return zero_shot.prototypes(texts, embeddings.encode(flat, encoder).astype(np.float32))


def mean_vector(corpus: Corpus, encoder: Encoder) -> Vectors:
    """The mean of the corpus's item vectors, shape (dims,)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT avg(vector)::real[] FROM attributes_itemembedding e JOIN attributes_item i ON i.id = e.item_id "
            "WHERE e.encoder_id = %s AND i.corpus_id = %s AND i.removed_at IS NULL",
            [encoder.pk, corpus.pk],
        )
        (mean,) = cursor.fetchone()
    return np.array(mean, dtype=np.float32)


def _label(
    chunk: Sequence[RunItem],
    definitions: Sequence[Definition],
    levels: dict[int, Vectors],
    background: Vectors,
    encoder: Encoder,
) -> list[runs.Result]:
    stored = ItemEmbedding.objects.filter(encoder=encoder, item__in=[row.item_id for row in chunk])
    vectors = {item: np.asarray(vector, dtype=np.float32) for item, vector in stored.values_list("item", "vector")}
    present = [row for row in chunk if row.item_id in vectors]
    results = [
        runs.Result(row, definition, failure_code="no_embedding")
        for row in chunk
        if row.item_id not in vectors
        for definition in definitions
    ]
    if not present:
        return results
    items = np.stack([vectors[row.item_id] for row in present]).astype(np.float32)
    for definition in definitions:
        keys = definition.parsed().level_keys
        p = zero_shot.probabilities(items, levels[definition.pk], background)
        results += [
            runs.Result(row, definition, level=keys[int(q.argmax())], p=q.tolist())
            for row, q in zip(present, p, strict=True)
        ]
    return results
