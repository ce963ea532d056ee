"""Pictures out of a video file, by PyAV."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from attributes.media.content import MAX_DURATION_S, Content, MediaError, check_size

# A decoded frame after its presentation time, in units of the stream's time base.
_Timed = tuple[int, VideoFrame]

# Further ahead than this, jumping to a key frame is cheaper than decoding on.
_FAR_S = 5
_TOO_SLOW = "reading the video takes too long"


@dataclass(slots=True)
class Video:
    """An open video file. Times are seconds from its start; `deadline` is a reading of ``time.monotonic``."""

    container: InputContainer
    stream: VideoStream
    deadline: float
    duration_s: float = 0.0

    def stills(self, times_s: Sequence[float]) -> list[tuple[float, Image.Image]]:
        """For each of the ascending times the frame that a player shows then, with its own time; upright, in RGB."""
        cursor = _Cursor(self)
        return [cursor.still(at) for at in times_s]

    def packets(self) -> Iterator["Packet[VideoStream]"]:
        for packet in self.container.demux(self.stream):
            if time.monotonic() > self.deadline:
                raise MediaError(_TOO_SLOW)
            yield packet

    @property
    def start_pts(self) -> int:
        return self.stream.start_time or 0

    @property
    def time_base(self) -> float:
        if not self.stream.time_base:
            raise MediaError("the video has no time base")
        return float(self.stream.time_base)


@contextmanager
def opened(path: Path, content: Content, timeout_s: float) -> Iterator[Video]:
    """Open a video; raises MediaError if it has no picture, or is too large, too long or broken."""
    deadline = time.monotonic() + timeout_s
    try:
        with av.open(
            f"file:{path.absolute()}",
            format=content.format,
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
            timeout=timeout_s,
        ) as container:
            video = Video(container, _picture_stream(container), deadline)
            if video.stream.codec_context is None:
                raise MediaError("there is no decoder for the video")
            check_size(video.stream.codec_context.width, video.stream.codec_context.height)
            video.duration_s = _duration_s(video)
            if video.duration_s > MAX_DURATION_S:
                raise MediaError(f"{video.duration_s / 3600:.1f} hours long; at most {MAX_DURATION_S // 3600}")
            yield video
    except av.error.FFmpegError as error:
        if time.monotonic() > deadline:
            raise MediaError(_TOO_SLOW) from error
        raise MediaError(f"the video is broken: {error.strerror}") from error


def _picture_stream(container: InputContainer) -> VideoStream:
    """The first video stream that is not the cover picture of a sound file."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise MediaError("the file has sound only, no picture" if container.streams.audio else "the file has no picture")


def _duration_s(video: Video) -> float:
    """The declared duration, or, as in a live recording, that of the packets."""
    declared = video.container.duration
    if declared and declared > 0:
        return declared / av.time_base
    ends = [packet.pts + (packet.duration or 0) for packet in video.packets() if packet.pts is not None]
    if not ends:
        raise MediaError("the video has no frame")
    video.container.seek(0)
    return (max(ends) - video.start_pts) * video.time_base


class _Cursor:
    """Moves forward through the frames: `_shown` is the last one taken, `_next` the one after it."""

    def __init__(self, video: Video) -> None:
        self._video = video
        self._shown: _Timed | None = None
        self._frames = _decoded(video)
        self._next = next(self._frames, None)

    def still(self, at_s: float) -> tuple[float, Image.Image]:
        video = self._video
        # Without the margin a float error loses the frame that begins exactly then.
        target = video.start_pts + math.floor(at_s / video.time_base + 1e-6)
        reached = self._next or self._shown
        position = reached[0] if reached else video.start_pts
        if (target - position) * video.time_base > _FAR_S:
            self._jump(target)
        while self._next is not None and (self._shown is None or self._next[0] <= target):
            self._shown, self._next = self._next, next(self._frames, None)
        if self._shown is None:
            raise MediaError("no frame of the video can be decoded")
        pts, frame = self._shown
        return max(0.0, (pts - video.start_pts) * video.time_base), _upright(frame, video.stream)

    def _jump(self, pts: int) -> None:
        """To the last key frame at or before `pts`."""
        self._video.container.seek(pts, stream=self._video.stream)
        self._frames = _decoded(self._video)
        self._shown, self._next = None, next(self._frames, None)


def _decoded(video: Video) -> Iterator[_Timed]:
    for packet in video.packets():
        for frame in packet.decode():
            if frame.pts is not None:
                check_size(frame.width, frame.height)
                yield frame.pts, frame


def _upright(frame: VideoFrame, stream: VideoStream) -> Image.Image:
    """The frame as a player shows it: pixels made square, turned as the camera was held."""
    image = Image.fromarray(frame.to_ndarray(format="rgb24"))
    aspect = stream.sample_aspect_ratio
    if aspect and aspect != 1:
        size = math.ceil(image.width * aspect), image.height
        check_size(*size)
        image = image.resize(size, Image.Resampling.BICUBIC)
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
