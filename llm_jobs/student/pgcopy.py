"""PostgreSQL's binary COPY format, decoded and encoded in whole chunks with numpy.

A stream is: 11-byte signature, int32 flags, int32 length of a header extension, rows, int16 -1. A row is: int16
number of fields, then per field an int32 length (-1 for NULL) and that many bytes; all numbers big-endian
(https://www.postgresql.org/docs/18/sql-copy.html, "Binary Format"). Rows of (int8, 64 characters, halfvec(d)) all
have the same width, so a chunk of them is a numpy structured array; every length in it is checked.

halfvec: int16 d, int16 0, d x float16. real[]: int32 number of dimensions, int32 has-null flag, int32 element type,
int32 size, int32 lower bound, then the elements as fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from llm_jobs.student.errors import CopyFormatError, WidthError

SIGNATURE = b"PGCOPY\n\xff\r\n\x00"
HEADER = SIGNATURE + bytes(8)
TRAILER = b"\xff\xff"
HASH_WIDTH = 64  # characters of a content hash: SHA-256 in hex
FLOAT4_OID = 700


@dataclass(frozen=True, slots=True)
class Items:
    """A chunk of n items: ``item_id`` int64 n, ``content_hash`` n of 64 bytes, ``vectors`` float16 n x dims."""

    item_id: npt.NDArray[np.int64]
    content_hash: npt.NDArray[np.void]
    vectors: npt.NDArray[np.float16]


def item_row(dims: int) -> np.dtype[np.void]:
    """(item_id int8, content_hash text, vector halfvec(dims)) as it stands in the stream."""
    return np.dtype(
        [
            ("fields", ">i2"),
            ("item_id_length", ">i4"), ("item_id", ">i8"),
            ("content_hash_length", ">i4"), ("content_hash", f"V{HASH_WIDTH}"),
            ("vector_length", ">i4"), ("dims", ">i2"), ("unused", ">i2"), ("vector", ">u2", (dims,)),
        ]
    )  # fmt: skip


def score_row(width: int) -> np.dtype[np.void]:
    """(score_set int8, item_id int8, content_hash text, p real[width]) as it stands in the stream."""
    return np.dtype(
        [
            ("fields", ">i2"),
            ("score_set_length", ">i4"), ("score_set", ">i8"),
            ("item_id_length", ">i4"), ("item_id", ">i8"),
            ("content_hash_length", ">i4"), ("content_hash", f"V{HASH_WIDTH}"),
            ("p_length", ">i4"), ("dimensions", ">i4"), ("has_null", ">i4"), ("element_type", ">i4"),
            ("size", ">i4"), ("lower_bound", ">i4"), ("p", [("length", ">i4"), ("value", ">f4")], (width,)),
        ]
    )  # fmt: skip


def read_items(source: BinaryIO, dims: int, *, chunk: int) -> Iterator[Items]:
    """Chunks of up to ``chunk`` items from a binary COPY of ``item_row(dims)``.

    Ids and hashes are views of a buffer that the next chunk overwrites. Raises :class:`CopyFormatError` (or
    :class:`WidthError`, naming the field and the item) on anything else, a stream without its end mark included.
    """
    _read_header(source)
    row = item_row(dims)
    buffer = memoryview(bytearray(chunk * row.itemsize))
    filled = len(buffer)
    while filled == len(buffer):
        filled = _fill(source, buffer)
        rows = np.frombuffer(buffer, dtype=row, count=filled // row.itemsize)
        _check_rows(rows, dims)
        if filled < len(buffer):
            _check_end(buffer[rows.nbytes : filled], dims)
        if len(rows):
            yield Items(rows["item_id"], rows["content_hash"], rows["vector"].astype(np.uint16).view(np.float16))


def _read_header(source: BinaryIO) -> None:
    head = source.read(len(HEADER))
    if len(head) < len(HEADER) or not head.startswith(SIGNATURE):
        raise CopyFormatError("the input is not a binary COPY: its signature is missing")
    flags, extension = np.frombuffer(head, dtype=">u4", offset=len(SIGNATURE)).tolist()
    if flags >> 16:
        raise CopyFormatError(f"the COPY header has unknown critical flags {flags:#x}")
    if len(source.read(extension)) < extension:
        raise CopyFormatError("the COPY stream ends inside its header")


def _fill(source: BinaryIO, buffer: memoryview) -> int:
    """Read until the buffer is full or the stream ends; returns the bytes read."""
    filled = 0
    while filled < len(buffer) and (n := source.readinto(buffer[filled:])):  # type: ignore[attr-defined]
        filled += n
    return filled


def _check_rows(rows: npt.NDArray[np.void], dims: int) -> None:
    """Compare every length of every row with the one it must have; the first row that differs is named."""
    expected = {
        "fields": 3, "item_id_length": 8, "content_hash_length": HASH_WIDTH,
        "vector_length": 4 + 2 * dims, "dims": dims, "unused": 0,
    }  # fmt: skip
    wrong = {name: rows[name] != value for name, value in expected.items()}
    if not any(bad.any() for bad in wrong.values()):
        return
    first = min(int(bad.argmax()) for bad in wrong.values() if bad.any())
    name = next(name for name, bad in wrong.items() if bad[first])  # later fields of this row are out of step
    row = rows[first]
    if name in ("fields", "item_id_length"):
        raise WidthError(f"a row's {name.replace('_', ' ')} is {row[name]}, not {expected[name]}")
    item_id = int(row["item_id"])
    if row[name] == -1:
        raise WidthError(f"item {item_id} has no {name.removesuffix('_length').replace('_', ' ')}", item_id=item_id)
    if name == "content_hash_length":
        raise WidthError(f"item {item_id} has a content hash of {row[name]} bytes, not {HASH_WIDTH}", item_id=item_id)
    raise WidthError(f"item {item_id} has a vector of {row['dims']} dimensions, not {dims}", item_id=item_id)


def _check_end(rest: memoryview, dims: int) -> None:
    """What follows the last whole row must be the end mark alone."""
    if rest == TRAILER:
        return
    start = item_row(0)  # a row without its vector's numbers
    if len(rest) >= start.itemsize:
        _check_rows(np.frombuffer(rest, dtype=start, count=1), dims)
    raise CopyFormatError("the COPY stream ends without its end mark: its sender stopped early")


class ScoreWriter:
    """Encodes chunks of scores as a binary COPY of ``score_row(width)``.

    The lengths and constants of a row are written once into a template; each chunk overwrites ids, hashes and
    probabilities only.
    """

    def __init__(self, sink: BinaryIO, score_set: int, width: int, *, chunk: int) -> None:
        self.sink = sink
        self.rows = np.zeros(chunk, dtype=score_row(width))
        constants = {
            "fields": 4, "score_set_length": 8, "score_set": score_set, "item_id_length": 8,
            "content_hash_length": HASH_WIDTH, "p_length": 20 + 8 * width, "dimensions": 1,
            "element_type": FLOAT4_OID, "size": width, "lower_bound": 1,
        }  # fmt: skip
        for name, value in constants.items():
            self.rows[name] = value
        self.rows["p"]["length"] = 4
        sink.write(HEADER)

    def write(self, items: Items, p: npt.NDArray[np.floating[Any]]) -> None:
        """Append n rows; ``p`` is n x width, n at most ``chunk``."""
        rows = self.rows[: len(p)]
        rows["item_id"] = items.item_id
        rows["content_hash"] = items.content_hash
        rows["p"]["value"] = p
        self.sink.write(rows.data)

    def finish(self) -> None:
        """Write the end mark. PostgreSQL takes a stream without it too: commit only if the program exited with 0."""
        self.sink.write(TRAILER)
        self.sink.flush()
