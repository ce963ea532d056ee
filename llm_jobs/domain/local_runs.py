"""The `local` backend: zero-shot labels from embeddings, in chunks of a run's items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attributes.domain import embeddings
from attributes.models import Definition, Encoder

from .. import zero_shot
from ..models import Run, RunItem
from ..zero_shot import Vectors
from . import runs, vectors


def work(run: Run, should_stop: runs.Stop) -> None:
    """Annotate until nothing is left, the run is no longer open, or `should_stop()`.

    The whole corpus is embedded first: what all items share is taken off every vector.
    """
    encoder = embeddings.default_encoder()
    embeddings.embed(corpus=run.corpus, encoder=encoder, on_progress=lambda done, total: _go_on(should_stop))
    definitions = [row.definition for row in run.run_definitions.select_related("definition__attribute")]
    background = vectors.mean(run.corpus, encoder)
    levels = {definition.pk: _level_vectors(definition, encoder) for definition in definitions}
    while not should_stop() and (chunk := runs.claim_items(run)):
        runs.store(_label(chunk, definitions, levels, background, encoder))


def _go_on(should_stop: runs.Stop) -> None:
    """Between two chunks of the corpus: what is embedded stays, so a stop loses nothing."""
    if should_stop():
        raise runs.Stopped


def _level_vectors(definition: Definition, encoder: Encoder) -> Vectors:
    texts = zero_shot.level_texts(definition.parsed())
    flat = [text for level in texts.values() for text in level]
    return zero_shot.prototypes(texts, embeddings.encode(flat, encoder).astype(np.float32))


def _label(
    chunk: Sequence[RunItem],
    definitions: Sequence[Definition],
    levels: dict[int, Vectors],
    background: Vectors,
    encoder: Encoder,
) -> list[runs.Result]:
    """A result for every item and definition; an item removed since the run was made has no vector, and fails."""
    by_item = {row.item_id: row for row in chunk}
    present, items = vectors.of_present(list(by_item), encoder)
    results = [
        runs.Result(by_item[item], definition, failure_code="no_embedding")
        for item in sorted(by_item.keys() - set(present))
        for definition in definitions
    ]
    for definition in definitions:
        keys = definition.parsed().level_keys
        p = zero_shot.probabilities(items, levels[definition.pk], background)
        results += [
            runs.Result(by_item[item], definition, level=keys[int(q.argmax())], p=q.tolist())
            for item, q in zip(present, p, strict=True)
        ]
    return results
