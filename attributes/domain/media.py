"""Media files of items: stored by content below the data folder, with a thumbnail and frames cut once."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from .. import media as probing
from ..media import FramePolicy, MediaError, MediaInfo
from ..models import Corpus, FrameSet, Item, Media

__all__ = [
    "Frame",
    "MediaError",
    "StoredMedia",
    "attach",
    "file_of",
    "frames_of",
    "kept_frames",
    "store",
    "thumbnail_of",
]
Frame = probing.Frame


@dataclass(frozen=True)
class StoredMedia:
    """A file taken over into the data folder, and what it is."""

    sha256: str
    path: str
    info: MediaInfo


def root() -> Path:
    return Path(settings.MEDIA_ROOT)


def store(folder: Path, name: str) -> StoredMedia:
    """Take over `folder/name`: probe it, copy it to its content address, cut its thumbnail.

    Raises `MediaError` when it lies outside the folder, is missing or is no playable media.
    """
    base = folder.resolve()
    source = (base / name).resolve()
    if not source.is_relative_to(base):
        raise MediaError("lies outside the media folder")
    if not source.is_file():
        raise MediaError("no such file")
    info = probing.probe(source)
    sha256 = probing.sha256_of(source)
    path = f"{sha256[:2]}/{sha256}{source.suffix.lower()}"
    target = root() / path
    if not target.exists():
        _write(target, source)
        _write(thumbnail_path(sha256), probing.thumbnail(source))
    return StoredMedia(sha256, path, info)


def _write(target: Path, content: Path | bytes) -> None:
    """All or nothing: a reader never sees half a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    os.close(handle)
    if isinstance(content, bytes):
        Path(temporary).write_bytes(content)
    else:
        shutil.copyfile(content, temporary)
    Path(temporary).replace(target)


def thumbnail_path(sha256: str) -> Path:
    return root() / sha256[:2] / f"{sha256}.thumbnail.jpg"


def file_of(media: Media) -> Path:
    return root() / media.path


def thumbnail_of(media: Media) -> Path:
    return thumbnail_path(media.sha256)


def attach(corpus: Corpus, files: dict[str, StoredMedia], staging: str) -> None:
    """Give the staged items their media rows."""
    if not files:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT external_id, file_sha256 FROM {staging} WHERE file_sha256 <> ''")  # noqa: S608  # our own name
        named = dict(cursor.fetchall())
    items = Item.objects.filter(corpus=corpus, external_id__in=named).only("pk", "external_id")
    Media.objects.bulk_create(
        [_row(item, files[named[item.external_id]]) for item in items],
        update_conflicts=True,
        unique_fields=["item"],
        update_fields=[
            "sha256", "path", "kind", "codec", "width", "height", "duration_ms", "has_audio", "plays_in_browser",
            "state", "error",
        ],
        batch_size=2000,
    )  # fmt: skip


def _row(item: Item, stored: StoredMedia) -> Media:
    info = stored.info
    return Media(
        item=item,
        sha256=stored.sha256,
        path=stored.path,
        kind=info.kind,
        codec=info.codec,
        width=info.width,
        height=info.height,
        duration_ms=info.duration_ms or 0,
        has_audio=info.has_audio,
        plays_in_browser=info.plays_in_browser,
    )


def kept_frames(media: Media, policy: FramePolicy) -> FrameSet | None:
    """The file's frames under a policy, if they were cut."""
    return FrameSet.objects.filter(media_sha256=media.sha256, policy_hash=policy.hash).first()


def frames_of(media: Media, policy: FramePolicy) -> list[Frame]:
    """The file's frames under a policy: cut at the first request, read from disk afterwards."""
    kept = kept_frames(media, policy)
    if kept is None:
        cut = probing.frames(file_of(media), policy)
        folder = f"{media.sha256[:2]}/{media.sha256}.{policy.hash[:12]}"
        paths = [f"{folder}/{i}.jpg" for i in range(len(cut))]
        for path, frame in zip(paths, cut, strict=True):
            _write(root() / path, frame.jpeg)
        kept, _ = FrameSet.objects.get_or_create(
            media_sha256=media.sha256,
            policy_hash=policy.hash,
            defaults={
                "paths": paths,
                "times_ms": [frame.time_ms for frame in cut],
                "sizes": [[frame.width, frame.height] for frame in cut],
            },
        )
    return [
        Frame((root() / path).read_bytes(), time_ms, width, height)
        for path, time_ms, (width, height) in zip(kept.paths, kept.times_ms, kept.sizes, strict=True)
    ]
