"""Files behind an access check, with what Django's FileResponse lacks: byte ranges, 304 and HEAD."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO
from wsgiref.headers import Headers

from django.http import Http404, HttpRequest, HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Response, SlicedFile, StaticFile

# What we write ourselves. Anything else is handed out as a download, never shown: an upload must not run as a page.
CONTENT_TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".m4a": "audio/mp4",
    ".mov": "video/quicktime",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".ogg": "audio/ogg",
    ".png": "image/png",
    ".wav": "audio/wav",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
CACHE_SECONDS = 3600


def serve_file(request: HttpRequest, path: Path) -> HttpResponseBase:
    """The file as a response to GET or HEAD: 200, 206, 304 or 416. Raises Http404 where there is no such file.

    The caller has checked that this person may see it; the response is cached by their browser only.
    """
    if not path.is_file():
        raise Http404
    found = path.stat()
    headers = {
        "Content-Type": CONTENT_TYPES.get(path.suffix.lower(), "application/octet-stream"),
        "Cache-Control": f"private, max-age={CACHE_SECONDS}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "ETag": f'"{found.st_mtime_ns:x}-{found.st_size:x}"',
    }
    if path.suffix.lower() not in CONTENT_TYPES:
        headers["Content-Disposition"] = "attachment"
    response: HttpResponseBase = WhiteNoiseMiddleware.serve(RangedFile(str(path), list(headers.items())), request)
    return response


class RangedFile(StaticFile):  # type: ignore[misc]  # whitenoise has no types
    """WhiteNoise's responder with RFC 9110's ranges: its own refuses those of one byte and ignores If-Range."""

    def get_response(self, method: str, request_headers: Mapping[str, Any]) -> Response:
        condition = request_headers.get("HTTP_IF_RANGE", self.etag)
        if condition != self.etag:
            request_headers = {name: value for name, value in request_headers.items() if name != "HTTP_RANGE"}
        return super().get_response(method, request_headers)

    def get_range_response(
        self, range_header: str, base_headers: Sequence[tuple[str, str]], file_handle: BinaryIO | None
    ) -> Response:
        """206, or 416 for a range outside the file. The caller answers a ValueError with the whole file."""
        headers = Headers(list(base_headers))
        size = int(dict(base_headers)["Content-Length"])
        wanted = byte_range(range_header, size)
        if wanted is None:
            return self.get_range_not_satisfiable_response(file_handle, size)
        start, end = wanted
        headers["Content-Range"] = f"bytes {start}-{end}/{size}"
        headers["Content-Length"] = str(end - start + 1)
        sliced = None if file_handle is None else SlicedFile(file_handle, start, end)
        return Response(HTTPStatus.PARTIAL_CONTENT, headers.items(), sliced)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First and last byte (both included) that a Range header asks for in a file of `size` bytes.

    None where the file has no such bytes. Raises ValueError for what is to be ignored: other units, several ranges,
    a malformed range (RFC 9110 §14.1.1, §14.2).

    >>> byte_range("bytes=0-0", 10), byte_range("bytes=4-", 10), byte_range("bytes=-3", 10), byte_range("bytes=10-", 10)
    ((0, 0), (4, 9), (7, 9), None)
    """
    spec = re.fullmatch(r"bytes=(\d*)-(\d*)", header.strip(), re.ASCII)
    if spec is None or spec[0].endswith("=-"):
        raise ValueError(header)
    first, last = spec.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last or size), size - 1)
        if last and int(last) < start:
            raise ValueError(header)
    return (start, end) if start <= end else None
