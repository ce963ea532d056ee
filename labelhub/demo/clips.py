"""Rendering of the demo clips: abstract scenes as small H.264 files.

A clip follows from the item's id and look alone, never from its words: what a video is about stays in its text,
how it feels shows in palette, motion and tempo.
"""

import zlib
from pathlib import Path
from typing import Final

import av

from labelhub.demo.corpus import Look
from labelhub.demo.scenes import Scene

WIDTH: Final = 360
HEIGHT: Final = 640
FRAMES_PER_SECOND: Final = 12
FRAMES: Final = 36  # 3 s

# No B-frames: with them libx264 (one thread, AVX-512) encodes the same pictures differently from call to call.
CODEC_OPTIONS: Final = {"preset": "veryfast", "crf": "28", "bf": "0"}


def render(item_id: str, look: Look, path: Path) -> None:
    """Write the clip of one item to `path` (mp4, moov atom first).

    The same arguments give the same file on one machine. Touches nothing but `path`, so a process
    pool may call it for many items at once.
    Raises ValueError for a look outside the scene vocabulary and OSError when `path` cannot be written.
    """
    scene = Scene(look, seed=zlib.crc32(item_id.encode()))
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=CODEC_OPTIONS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.thread_count = 1
        for index in range(FRAMES):
            canvas = av.VideoFrame.from_ndarray(scene.frame(index / FRAMES_PER_SECOND), format="rgb24")
            frame = canvas.reformat(WIDTH, HEIGHT, "yuv420p", interpolation="BICUBIC")
            frame.pts = index
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
