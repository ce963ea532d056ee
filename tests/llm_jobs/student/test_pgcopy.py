from __future__ import annotations

import io
import struct
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pgvector import HalfVector

from llm_jobs.student.errors import CopyFormatError, WidthError
from llm_jobs.student.pgcopy import HEADER, TRAILER, Items, ScoreWriter, read_items

DIMS = 3
Row = tuple[int, str, Sequence[float]]


def field(content: bytes | None) -> bytes:
    return struct.pack(">i", -1) if content is None else struct.pack(">i", len(content)) + content


def row_bytes(item_id: int | None, content_hash: str | None, vector: Sequence[float] | None) -> bytes:
    """A row as PostgreSQL sends it, field by field, the vector encoded by pgvector's own client."""
    fields = [
        None if item_id is None else struct.pack(">q", item_id),
        None if content_hash is None else content_hash.encode(),
        None if vector is None else HalfVector(list(vector)).to_binary(),
    ]
    return struct.pack(">h", 3) + b"".join(map(field, fields))


def stream(*rows: bytes, header: bytes = HEADER, trailer: bytes = TRAILER) -> io.BytesIO:
    return io.BytesIO(header + b"".join(rows) + trailer)


def good(item_id: int = 1) -> bytes:
    return row_bytes(item_id, "a" * 64, [1, 2, 3])


def read(source: io.BytesIO, chunk: int = 4) -> list[tuple[int, str, list[float]]]:
    """Everything in the stream, copied out chunk by chunk."""
    read_rows = []
    for items in read_items(source, DIMS, chunk=chunk):
        hashes = [bytes(value).decode() for value in items.content_hash]
        read_rows += list(zip(items.item_id.tolist(), hashes, items.vectors.tolist(), strict=True))
    return read_rows


halves = st.floats(width=16, allow_nan=False, allow_infinity=False)
rows_of_items = st.lists(
    st.tuples(
        st.integers(-(2**63), 2**63 - 1),
        st.text("0123456789abcdef", min_size=64, max_size=64),
        st.lists(halves, min_size=DIMS, max_size=DIMS),
    ),
    max_size=11,
)


@given(rows_of_items, st.integers(1, 6))
def test_items_are_read_as_postgresql_and_pgvector_write_them(rows: list[Row], chunk: int) -> None:
    assert read(stream(*(row_bytes(*row) for row in rows)), chunk) == rows


def test_a_header_extension_is_skipped() -> None:
    header = HEADER[:-4] + struct.pack(">i", 5) + b"extra"
    assert [row[0] for row in read(stream(good(9), header=header))] == [9]


class Trickle(io.BytesIO):
    """A pipe that gives seven bytes at a time."""

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return super().readinto(buffer[:7])


def test_short_reads_are_joined() -> None:
    source = Trickle(stream(*map(good, range(9))).getvalue())
    assert [row[0] for row in read(source)] == list(range(9))


@pytest.mark.parametrize("before", [0, 1, 4])
@pytest.mark.parametrize(
    ("bad", "message", "item_id"),
    [
        (row_bytes(5, "a" * 64, [1, 2]), "item 5 has a vector of 2 dimensions, not 3", 5),
        (row_bytes(5, "a" * 64, [1] * 300), "item 5 has a vector of 300 dimensions, not 3", 5),
        (row_bytes(5, "a" * 64, None), "item 5 has no vector", 5),
        (row_bytes(5, "a" * 63, [1, 2, 3]), "item 5 has a content hash of 63 bytes, not 64", 5),
        (row_bytes(5, None, [1, 2, 3]), "item 5 has no content hash", 5),
        (row_bytes(None, "a" * 64, [1, 2, 3]), "a row's item id length is -1, not 8", None),
        (b"\0\2" + good()[2:], "a row's fields is 2, not 3", None),
    ],
)
def test_a_row_of_another_width_is_named(before: int, bad: bytes, message: str, item_id: int | None) -> None:
    rows = [good(i) for i in range(before)]
    with pytest.raises(WidthError) as caught:
        read(stream(*rows, bad, *([good()] * 3)))
    assert (str(caught.value), caught.value.item_id) == (message, item_id)


@pytest.mark.parametrize(
    "source",
    [
        io.BytesIO(b""),
        io.BytesIO(b"item_id,vector\n1,2\n" * 3),
        stream(header=HEADER[:-8] + struct.pack(">II", 1 << 16, 0)),
        io.BytesIO(HEADER[:-4] + struct.pack(">i", 50)),
        stream(good(), trailer=b""),
        stream(good(), trailer=b"\xff"),
        stream(good()[:-1], trailer=b""),
        stream(good()[:30], trailer=b""),
        io.BytesIO(stream(good()).getvalue() + b"\0"),
        io.BytesIO(stream(good()).getvalue() + good()),
    ],
)
def test_anything_but_a_whole_stream_is_refused(source: io.BytesIO) -> None:
    with pytest.raises(CopyFormatError):
        read(source)


def expected_score_row(score_set: int, item_id: int, content_hash: str, p: Sequence[float]) -> bytes:
    array = struct.pack(">5i", 1, 0, 700, len(p), 1) + b"".join(field(struct.pack(">f", x)) for x in p)
    fields = [struct.pack(">q", score_set), struct.pack(">q", item_id), content_hash.encode(), array]
    return struct.pack(">h", 4) + b"".join(map(field, fields))


@given(rows_of_items, st.integers(0, 2**63 - 1))
def test_scores_are_written_field_by_field_as_postgresql_reads_them(rows: list[Row], score_set: int) -> None:
    p = np.random.default_rng(0).random((len(rows), 5), dtype=np.float32)
    sink = io.BytesIO()
    writer = ScoreWriter(sink, score_set, 5, chunk=4)
    start = 0
    for items in read_items(stream(*(row_bytes(*row) for row in rows)), DIMS, chunk=4):
        writer.write(items, p[start : start + len(items.item_id)])
        start += len(items.item_id)
    writer.finish()
    expected = [expected_score_row(score_set, row[0], row[1], q.tolist()) for row, q in zip(rows, p, strict=True)]
    assert sink.getvalue() == HEADER + b"".join(expected) + TRAILER


def test_a_writer_refuses_more_rows_than_its_chunk() -> None:
    n = 3
    items = Items(np.zeros(n, np.int64), np.zeros(n, "V64"), np.zeros((n, DIMS), np.float16))
    with pytest.raises(ValueError, match="could not broadcast"):
        ScoreWriter(io.BytesIO(), 1, 2, chunk=2).write(items, np.zeros((n, 2)))
