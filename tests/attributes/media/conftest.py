from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

Clip = Callable[..., Path]


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    """Render a clip whose frames grow from black to grey 200, with a red band along the top."""

    def render(
        name: str = "clip.mp4",
        *,
        codec: str = "libx264",
        width: int = 64,
        height: int = 112,
        times_ms: Sequence[int] = range(0, 3000, 100),
        sound: str = "",
        pix_fmt: str = "yuv420p",
        pixel_aspect: Fraction | None = None,
        key_every: int = 12,
        reorder: bool = True,
        **options: str,
    ) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w", options=options) as container:
            stream = container.add_stream(codec, rate=10, options={"g": str(key_every)})
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            stream.codec_context.time_base = Fraction(1, 1000)
            if not reorder:
                stream.codec_context.max_b_frames = 0
            if pixel_aspect:
                stream.codec_context.sample_aspect_ratio = pixel_aspect
            audio = container.add_stream(sound, rate=48000, layout="mono") if sound else None
            for index, time_ms in enumerate(times_ms):
                frame = av.VideoFrame.from_ndarray(_picture(index, len(times_ms), width, height), format="rgb24")
                frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
            if audio:
                container.mux(audio.encode(_silence()))
                container.mux(audio.encode())
        return path

    return render


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    """A file with sound only."""
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        container.mux(stream.encode(_silence()))
        container.mux(stream.encode())
    return path


def _picture(index: int, count: int, width: int, height: int) -> np.ndarray:
    picture = np.full((height, width, 3), 200 * index // count, np.uint8)
    picture[: height // 4] = (255, 0, 0)
    return picture


def _silence(seconds: int = 3) -> av.AudioFrame:
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 48000 * seconds), np.float32), format="fltp", layout="mono")
    frame.sample_rate = 48000
    return frame
