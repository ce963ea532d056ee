"""Ranges, conditions and headers of a file behind an access check."""

from pathlib import Path

import pytest
from django.http import Http404, HttpResponseBase
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from labelhub.lib.http import byte_range, serve_file

CONTENT = b"0123456789"
request = RequestFactory()
pytestmark = pytest.mark.django_db  # closing a response looks after the thread's connection


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.mp4"
    path.write_bytes(CONTENT)
    return path


def body(response: HttpResponseBase) -> bytes:
    content = b"".join(response)
    response.close()
    return content


def test_the_whole_file(clip: Path) -> None:
    response = serve_file(request.get("/"), clip)
    assert (response.status_code, body(response)) == (200, CONTENT)
    assert {name: response[name] for name in response.headers if name not in ("ETag", "Last-Modified")} == {
        "Content-Type": "video/mp4",
        "Content-Length": "10",
        "Cache-Control": "private, max-age=3600",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
    }


def test_head_sends_no_body(clip: Path) -> None:
    response = serve_file(request.head("/"), clip)
    assert (response.status_code, response["Content-Length"], body(response)) == (200, "10", b"")


@pytest.mark.parametrize(
    ("header", "expected", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=9-", b"9", "bytes 9-9/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=4-99", b"456789", "bytes 4-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", CONTENT, "bytes 0-9/10"),
    ],
)
def test_a_range(clip: Path, header: str, expected: bytes, content_range: str) -> None:
    response = serve_file(request.get("/", headers={"range": header}), clip)
    assert (response.status_code, response["Content-Range"], body(response)) == (206, content_range, expected)
    assert response["Content-Length"] == str(len(expected))


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=-0", "bytes=50-60"])
def test_a_range_outside_the_file(clip: Path, header: str) -> None:
    response = serve_file(request.get("/", headers={"range": header}), clip)
    assert (response.status_code, response["Content-Range"], body(response)) == (416, "bytes */10", b"")


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=-", "bytes=--5", "bytes=0-1,3-4", "items=0-1", "bytes=a-b"])
def test_a_malformed_range_is_ignored(clip: Path, header: str) -> None:
    response = serve_file(request.get("/", headers={"range": header}), clip)
    assert (response.status_code, body(response)) == (200, CONTENT)


def test_not_modified(clip: Path) -> None:
    tag = serve_file(request.head("/"), clip)["ETag"]
    assert serve_file(request.get("/", headers={"if-none-match": tag}), clip).status_code == 304
    clip.write_bytes(CONTENT[::-1])  # same length, perhaps within the same second
    changed = serve_file(request.get("/", headers={"if-none-match": tag}), clip)
    assert (changed.status_code, body(changed)) == (200, CONTENT[::-1])


def test_a_range_of_a_file_that_has_changed_is_the_whole_file(clip: Path) -> None:
    tag = serve_file(request.head("/"), clip)["ETag"]
    headers = {"range": "bytes=2-4", "if-range": tag}
    assert body(serve_file(request.get("/", headers=headers), clip)) == b"234"
    headers["if-range"] = '"another"'
    assert body(serve_file(request.get("/", headers=headers), clip)) == CONTENT


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "script.js", "noname"])
def test_what_is_no_medium_is_a_download(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"<script>alert(1)</script>")
    response = serve_file(request.get("/"), path)
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == "attachment"
    response.close()


def test_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert body(serve_file(request.get("/"), path)) == b""
    assert serve_file(request.get("/", headers={"range": "bytes=0-"}), path).status_code == 416


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.mp4", tmp_path):
        with pytest.raises(Http404):
            serve_file(request.get("/"), path)


@given(size=st.integers(0, 50), first=st.integers(0, 60), last=st.integers(0, 60))
def test_a_range_is_what_slicing_gives(size: int, first: int, last: int) -> None:
    content = bytes(range(size))
    closed = byte_range(f"bytes={first}-{first + last}", size)
    assert (content[closed[0] : closed[1] + 1] if closed else b"") == content[first : first + last + 1]
    suffix = byte_range(f"bytes=-{last}", size)
    assert (content[suffix[0] : suffix[1] + 1] if suffix else b"") == content[max(size - last, 0) :]
