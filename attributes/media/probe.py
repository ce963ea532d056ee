"""The facts about a media file that are stored with it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from attributes.media.content import MATROSKA, Content, content_of
from attributes.media.image import picture
from attributes.media.video import Video, opened

# Formats of 8 bits and 4:2:0, the only ones of H.264 that browsers decode.
_PLAIN = {"yuv420p", "yuvj420p"}
_BROWSER_VIDEO = {"h264", "vp8", "vp9", "av1"}
_BROWSER_AUDIO = {"aac", "mp3", "opus", "vorbis", "flac"}


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """`width` and `height` are those shown, after rotation and pixel aspect; an image has no duration and no rate.

    `content_type` comes from the bytes and is safe to serve. `plays_in_browser`: picture and sound, in all current
    browsers.
    """

    kind: Literal["video", "image"]
    content_type: str
    codec: str
    width: int
    height: int
    duration_ms: int | None
    fps: float | None
    has_audio: bool
    plays_in_browser: bool


def probe(path: Path, *, timeout_s: float = 60) -> MediaInfo:
    """Read the facts and decode the first picture. Raises MediaError."""
    content = content_of(path)
    if content.kind == "image":
        image = picture(path, content)
        return MediaInfo(
            "image", content.content_type, content.format.lower(), image.width, image.height, None, None, False, True
        )
    with opened(path, content, timeout_s) as video:
        return _video_info(video, content)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _video_info(video: Video, content: Content) -> MediaInfo:
    [(_, first)] = video.stills([0.0])
    rate = video.stream.average_rate
    return MediaInfo(
        kind="video",
        content_type=content.content_type,
        codec=video.stream.codec_context.codec.canonical_name,
        width=first.width,
        height=first.height,
        duration_ms=round(video.duration_s * 1000),
        fps=float(rate) if rate else None,
        has_audio=bool(video.container.streams.audio),
        plays_in_browser=content is not MATROSKA and _plays(video),
    )


def _plays(video: Video) -> bool:
    context = video.stream.codec_context
    codec = context.codec.canonical_name
    contexts = [stream.codec_context for stream in video.container.streams.audio]
    sounds = {sound.codec.canonical_name if sound else "unknown" for sound in contexts}
    return codec in _BROWSER_VIDEO and (codec != "h264" or context.pix_fmt in _PLAIN) and sounds <= _BROWSER_AUDIO
