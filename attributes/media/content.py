"""What a file is, by its first bytes, and whether it is all there, by the sizes that its containers declare."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

MAX_SIDE = 8192
MAX_DURATION_S = 4 * 3600

# Elements looked at on the top level of a container: a fragmented film of four hours has about 30,000.
_MAX_ELEMENTS = 200_000
_EBML = b"\x1a\x45\xdf\xa3"
_BOXES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide"}
_STILL_BRANDS = {b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}


class MediaError(ValueError):
    """Why a media file cannot be used."""


@dataclass(frozen=True, slots=True)
class Content:
    """`format` is the name of FFmpeg's demuxer or Pillow's plugin; `content_type` is what to serve the file as."""

    kind: Literal["video", "image"]
    format: str
    content_type: str


MP4 = Content("video", "mov", "video/mp4")
WEBM = Content("video", "matroska", "video/webm")
MATROSKA = Content("video", "matroska", "video/x-matroska")
JPEG = Content("image", "JPEG", "image/jpeg")
PNG = Content("image", "PNG", "image/png")
GIF = Content("image", "GIF", "image/gif")
WEBP = Content("image", "WEBP", "image/webp")


def content_of(path: Path) -> Content:
    """The content of a file; raises MediaError if it is none of those above, empty, unreadable or cut short."""
    try:
        with path.open("rb") as file:
            content = _content(file.read(64))
            if content is MP4:
                _require_whole(file, _mp4_ends(file))
            elif content.format == "matroska":
                _require_whole(file, _matroska_ends(file))
    except OSError as error:
        raise MediaError(f"the file cannot be read: {error.strerror or error}") from error
    return content


def check_size(width: int, height: int) -> None:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise MediaError(f"{width} x {height} pixels; a side must be from 1 to {MAX_SIDE}")


def _content(head: bytes) -> Content:
    if not head:
        raise MediaError("the file is empty")
    if head.startswith(_EBML):
        return WEBM if b"\x42\x82\x84webm" in head else MATROSKA
    if head[4:8] in _BOXES:
        if head[8:12] in _STILL_BRANDS:
            raise MediaError("AVIF and HEIC images are not supported")
        return MP4
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    raise MediaError("not a video (MP4, MOV, WebM, MKV) or an image (JPEG, PNG, WebP, GIF)")


def _require_whole(file: BinaryIO, ends: Iterator[int]) -> None:
    """Raise MediaError unless the top-level elements, whose ends are given, fill the file and no more."""
    size = file.seek(0, 2)
    for count, end in enumerate(ends):
        if end > size:
            raise MediaError("the file is cut short")
        if count > _MAX_ELEMENTS:
            raise MediaError("the container has too many parts")


def _mp4_ends(file: BinaryIO) -> Iterator[int]:
    """The end of each box: 32 bits of size and 32 of type; size 1 means 64 bits follow, 0 means to the end."""
    position = 0
    while True:
        file.seek(position)
        head = file.read(16)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4], "big")
        if size == 0:
            return
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            raise MediaError("the container is broken")
        position += size
        yield position


def _matroska_ends(file: BinaryIO) -> Iterator[int]:
    """The end of each element: a variable-length id and size; a live recording leaves its size unknown."""
    position = 0
    while True:
        file.seek(position)
        head = file.read(12)
        if len(head) < 2:
            return
        id_length = _vint_length(head[0])
        size_head = head[id_length:]
        if not size_head:
            raise MediaError("the file is cut short")
        length = _vint_length(size_head[0])
        size = int.from_bytes(size_head[:length], "big") & ((1 << 7 * length) - 1)
        if size == (1 << 7 * length) - 1:
            return
        position += id_length + length + size
        yield position


def _vint_length(first: int) -> int:
    """Bytes of an EBML number: one more than the leading zero bits of its first byte."""
    if first == 0:
        raise MediaError("the container is broken")
    return 9 - first.bit_length()
