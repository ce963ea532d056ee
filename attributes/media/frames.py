"""The frames that a model sees of an item, and the thumbnail that people see."""

import hashlib
import json
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image

from attributes.media.content import content_of
from attributes.media.image import picture
from attributes.media.video import opened

_TILE = 28


@dataclass(frozen=True, slots=True)
class FramePolicy:
    """Which frames are taken and how they are encoded.

    The video is cut into `count` segments of equal length and the frame shown in the middle of each is taken; an image
    gives one frame. A frame is scaled to fit `long_side` x `short_side` (in its own orientation, a square into the
    short side), with its aspect kept: it is never padded, cropped or enlarged. A model that reads tiles of 28 x 28
    pixels pays ceil(width/28) * ceil(height/28) tokens: at most 144 a frame by default, 144 exactly at 16:9.
    """

    count: int = 4
    sampling: Literal["mid-segment"] = "mid-segment"
    long_side: int = 448
    short_side: int = 252
    jpeg_quality: int = 70

    def __post_init__(self) -> None:
        if not 1 <= self.count <= 100:
            raise ValueError(f"count is {self.count}, not from 1 to 100")
        if self.sampling != "mid-segment":
            raise ValueError(f"sampling is {self.sampling!r}, not 'mid-segment'")
        if not _TILE <= self.short_side <= self.long_side <= 2576 or self.short_side % _TILE or self.long_side % _TILE:
            raise ValueError(f"sides are {self.long_side} x {self.short_side}, not ordered multiples of 28 up to 2576")
        if not 1 <= self.jpeg_quality <= 95:
            raise ValueError(f"jpeg_quality is {self.jpeg_quality}, not from 1 to 95")

    @property
    def hash(self) -> str:
        """SHA-256 of the policy as canonical JSON."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def times_s(self, duration_s: float) -> list[float]:
        """The middles of the segments, ascending."""
        return [(segment + 0.5) * duration_s / self.count for segment in range(self.count)]


@dataclass(frozen=True, slots=True)
class Frame:
    """A JPEG without metadata, and the time of its frame from the start of the video."""

    jpeg: bytes
    time_ms: int
    width: int
    height: int


def frames(path: Path, policy: FramePolicy, *, timeout_s: float = 60) -> list[Frame]:
    """The frames of a file under the policy: the same bytes every time. Raises MediaError."""
    content = content_of(path)
    if content.kind == "image":
        stills = [(0.0, picture(path, content))]
    else:
        with opened(path, content, timeout_s) as video:
            stills = video.stills(policy.times_s(video.duration_s))
    return [_frame(at_s, image, policy) for at_s, image in stills]


def thumbnail(path: Path, height: int = 320, *, timeout_s: float = 60) -> bytes:
    """A JPEG of the middle frame, at most `height` high and twice as wide. Raises MediaError."""
    content = content_of(path)
    if content.kind == "image":
        image = picture(path, content)
    else:
        with opened(path, content, timeout_s) as video:
            [(_, image)] = video.stills([video.duration_s / 2])
    return _jpeg(_fitted(image, 2 * height, height), quality=80)


def _frame(at_s: float, image: Image.Image, policy: FramePolicy) -> Frame:
    box = policy.long_side, policy.short_side
    fitted = _fitted(image, *(box if image.width >= image.height else box[::-1]))
    return Frame(_jpeg(fitted, policy.jpeg_quality), round(at_s * 1000), fitted.width, fitted.height)


def _fitted(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = min(1, width / image.width, height / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()
