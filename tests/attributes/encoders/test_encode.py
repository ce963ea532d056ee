from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attributes.encoders import MINILM
from attributes.encoders.encode import WINDOW, SentenceEncoder, encode_stream, read_texts
from attributes.encoders.errors import BadLineError

TEXTS = ["waves on a calm sea", "still water, quiet shore", "a quarterly tax return", "", "🙂 ¿qué?"]


def test_vectors_are_of_length_one_and_of_the_registered_dims(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), MINILM.dims)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)


def test_like_meanings_are_closer(encoder: SentenceEncoder) -> None:
    sea, shore, tax = encoder.encode(TEXTS[:3])
    assert sea @ shore > sea @ tax + 0.3


@settings(max_examples=5, deadline=None)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=40))
def test_a_text_alone_has_the_vector_it_has_among_others(encoder: SentenceEncoder, texts: list[str]) -> None:
    """Neither sorting by length nor padding shows in the result."""
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=2e-5)


def test_texts_are_cut_after_256_tokens(encoder: SentenceEncoder) -> None:
    long, longer = encoder.encode(["wave " * 254, "wave " * 400])  # 254 and the two marks around them
    shorter = encoder.encode(["wave " * 100])[0]
    np.testing.assert_allclose(long, longer, atol=1e-6)
    assert np.abs(long - shorter).max() > 1e-4


def test_a_stream_is_encoded_window_by_window_without_reading_ahead() -> None:
    def lengths(window: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([[len(text)] for text in window], dtype=np.float32)

    taken = 0

    def texts() -> Iterator[str]:
        nonlocal taken
        for i in range(WINDOW + 3):
            taken += 1
            yield "x" * (i % 7)

    blocks = encode_stream(lengths, texts())
    first = next(blocks)
    assert (taken, first.shape, first.dtype) == (WINDOW, (WINDOW, 1), np.dtype("<f2"))
    assert next(blocks)[:, 0].tolist() == [i % 7 for i in range(WINDOW, WINDOW + 3)]


@given(st.lists(st.text()))
def test_lines_are_json_strings(texts: list[str]) -> None:
    assert list(read_texts(json.dumps(text).encode() + b"\n" for text in texts)) == texts


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"3\n", "line 2: not a JSON string but int"),
        (b"null\n", "line 2: not a JSON string but NoneType"),
        (b"\n", "line 2: not JSON in UTF-8 (Expecting value: line 2 column 1 (char 1))"),
        (b'"open\n', "line 2: not JSON in UTF-8 (Invalid control character at: line 1 column 6 (char 5))"),
    ],
)
def test_a_bad_line_is_named(line: bytes, message: str) -> None:
    with pytest.raises(BadLineError) as caught:
        list(read_texts([b'"fine"\n', line]))
    assert (str(caught.value), caught.value.line) == (message, 2)


def test_a_line_that_is_not_utf8_is_named() -> None:
    with pytest.raises(BadLineError, match=r"^line 1: not JSON in UTF-8"):
        list(read_texts([b'"\xff"\n']))
