"""The scoring filter: a binary COPY of items in, a binary COPY of scores out, one array of probabilities per item."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

import torch

from llm_jobs.student.data import first_not_finite
from llm_jobs.student.errors import NotFiniteError
from llm_jobs.student.model import Student, predict
from llm_jobs.student.pgcopy import Items, ScoreWriter, read_items

CHUNK = 32_768  # items: 28 MB of stream at 384 dimensions


def score_stream(
    student: Student, source: BinaryIO, sink: BinaryIO, *, score_set: int, report: Callable[[int], None],
    chunk: int = CHUNK,
) -> int:  # fmt: skip
    """Score every item of ``source`` into ``sink``; returns their number. ``report`` is told it after every chunk.

    ``p`` holds the heads' probabilities in head order, each lowest level first (binary: negative, positive). Memory
    depends on ``chunk`` alone. Raises :class:`NotFiniteError` and what :func:`read_items` raises; the output is then
    incomplete and has no end mark.
    """
    writer = ScoreWriter(sink, score_set, student.config.width, chunk=chunk)
    scored = 0
    for items in read_items(source, student.config.dims, chunk=chunk):
        writer.write(items, torch.cat(predict(student, _floats(items)), dim=1).numpy())
        scored += len(items.item_id)
        report(scored)
    writer.finish()
    return scored


def _floats(items: Items) -> torch.Tensor:
    """The vectors as float32 (n x dims). Raises :class:`NotFiniteError`, naming the item."""
    vectors = torch.from_numpy(items.vectors).float()
    if (row := first_not_finite(vectors.numpy())) is not None:
        item_id = int(items.item_id[row])
        raise NotFiniteError(f"the vector of item {item_id} holds NaN or infinity", item_id=item_id)
    return vectors
