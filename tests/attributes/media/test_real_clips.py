"""Clips of many sources: camera, film, animation, generated."""

import json
from pathlib import Path

import pytest

from attributes.media import FramePolicy, frames, probe, thumbnail

DATA = Path(__file__).parents[3] / "../shared/data"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data is not there"),
]


def test_every_clip_is_probed_as_its_catalogue_says_and_gives_its_frames():
    clips = [json.loads(line) for line in (DATA / "clips.jsonl").read_text().splitlines()]
    assert len(clips) == 41
    for clip in clips:
        path = DATA / clip["file"]
        info = probe(path)
        assert (info.width, info.height, info.has_audio) == (clip["width"], clip["height"], clip["has_audio"]), path
        assert (info.content_type, info.codec, info.plays_in_browser) == ("video/webm", "vp9", True), path
        assert info.duration_ms == pytest.approx(1000 * clip["duration_s"], abs=60), path
        found = frames(path, FramePolicy())
        middles = [(segment + 0.5) * info.duration_ms / 4 for segment in range(4)]
        longest_frame_ms = 1000 / clip["fps"] + 1
        for frame, middle in zip(found, middles, strict=True):
            assert -0.5 <= middle - frame.time_ms <= longest_frame_ms, path
        assert len(thumbnail(path)) < 60_000, path
