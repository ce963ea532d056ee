"""The `local` backend: zero-shot labels from embeddings, in chunks of a run's items."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from attributes.domain import embeddings, vectors
from attributes.encoders import item_text
from attributes.models import Definition, Encoder, Item

from .. import zero_shot
from ..claude.errors import FailureCode
from ..models import Run, RunItem
from ..zero_shot import Vectors
from . import runs
from .inputs import text_of

NOTHING = str(FailureCode.NOTHING_TO_RATE)


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
    """A result for every item and definition."""
    results = []
    for definition in definitions:
        spec = definition.parsed()
        texts = {row: text_of(row.item, spec.inputs) for row in chunk}
        results += [runs.Result(row, definition, failure_code=NOTHING) for row, text in texts.items() if not text]
        rows = [row for row, text in texts.items() if text]
        if not rows:
            continue
        items = _vectors([(row.item, texts[row]) for row in rows], encoder)
        p = zero_shot.probabilities(items, levels[definition.pk], background)
        results += [
            runs.Result(row, definition, level=spec.level_keys[int(q.argmax())], p=q.tolist())
            for row, q in zip(rows, p, strict=True)
        ]
    return results


def _vectors(said: Sequence[tuple[Item, str]], encoder: Encoder) -> Vectors:
    """A vector for each item's text, (n, dims): the stored one where it is of that very text, else a fresh one."""
    stored = {item.pk for item, text in said if text == item_text(item.title, item.text).strip()}
    present, found = vectors.of_present(sorted(stored), encoder)
    place = {pk: i for i, pk in enumerate(present)}
    fresh = [text for item, text in said if item.pk not in place]
    encoded = iter(embeddings.encode(fresh, encoder) if fresh else ())
    rows = [found[place[item.pk]] if item.pk in place else next(encoded) for item, _ in said]
    return np.stack(rows).astype(np.float32)
