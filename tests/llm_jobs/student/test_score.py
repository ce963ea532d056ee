from __future__ import annotations

import io

import numpy as np
import pytest
import torch

from llm_jobs.student.errors import NotFiniteError
from llm_jobs.student.model import Student, predict
from llm_jobs.student.pgcopy import HEADER, TRAILER, item_row, score_row
from llm_jobs.student.score import score_stream


def item_stream(vectors: np.ndarray) -> io.BytesIO:
    """Items 100, 101, ... with these halves (n x dims) as a binary COPY."""
    n, dims = vectors.shape
    rows = np.zeros(n, dtype=item_row(dims))
    lengths = {"fields": 3, "item_id_length": 8, "content_hash_length": 64, "vector_length": 4 + 2 * dims}
    for name, value in (lengths | {"dims": dims}).items():
        rows[name] = value
    rows["item_id"] = np.arange(100, 100 + n)
    rows["content_hash"] = np.array([f"{i:064x}".encode() for i in range(n)], dtype="S64").view("V64")
    rows["vector"] = vectors.astype(np.float16).view(np.uint16)
    return io.BytesIO(HEADER + rows.tobytes() + TRAILER)


def test_scores_are_the_heads_probabilities_side_by_side(student: Student) -> None:
    vectors = np.random.default_rng(0).standard_normal((23, student.config.dims)).astype(np.float16)
    sink, reported = io.BytesIO(), list[int]()
    n = score_stream(student, item_stream(vectors), sink, score_set=7, report=reported.append, chunk=10)
    assert (n, reported) == (23, [10, 20, 23])

    output = sink.getvalue()
    assert output.startswith(HEADER)
    assert output.endswith(TRAILER)
    rows = np.frombuffer(output[len(HEADER) : -len(TRAILER)], dtype=score_row(2 + 3 + 4))
    assert rows["score_set"].tolist() == [7] * 23
    assert rows["item_id"].tolist() == list(range(100, 123))
    assert [bytes(value).decode() for value in rows["content_hash"]] == [f"{i:064x}" for i in range(23)]
    expected = np.hstack([p.numpy() for p in predict(student, torch.from_numpy(vectors.astype(np.float32)))])
    np.testing.assert_allclose(rows["p"]["value"], expected, rtol=1e-5)


def test_an_empty_corpus_gives_an_empty_stream(student: Student) -> None:
    sink = io.BytesIO()
    empty = item_stream(np.zeros((0, student.config.dims)))
    assert score_stream(student, empty, sink, score_set=1, report=lambda _: None) == 0
    assert sink.getvalue() == HEADER + TRAILER


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_vector_that_is_not_finite_is_named_and_the_output_has_no_end(student: Student, value: float) -> None:
    vectors = np.zeros((23, student.config.dims))
    vectors[15, 2] = value
    sink = io.BytesIO()
    with pytest.raises(NotFiniteError) as caught:
        score_stream(student, item_stream(vectors), sink, score_set=1, report=lambda _: None, chunk=10)
    assert caught.value.item_id == 115
    assert not sink.getvalue().endswith(TRAILER)
