import math
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from attributes.media import FramePolicy, frames, probe, thumbnail

# The matrix that a phone held upright writes: shown turned clockwise by 90 degrees.
IDENTITY = b"".join(value.to_bytes(4, "big", signed=True) for value in (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30))
CLOCKWISE = b"".join(
    value.to_bytes(4, "big", signed=True) for value in (0, 1 << 16, 0, -1 << 16, 0, 0, 112 << 16, 0, 1 << 30)
)


def image_of(jpeg: bytes) -> Image.Image:
    return Image.open(BytesIO(jpeg))


def grey(jpeg: bytes) -> int:
    """The brightness below the red band, from which the frame's number follows."""
    image = image_of(jpeg)
    return image.getpixel((image.width // 2, image.height - 5))[1]


def times(path: Path, **policy: int) -> list[int]:
    return [frame.time_ms for frame in frames(path, FramePolicy(**policy))]


def test_frames_are_those_shown_in_the_middle_of_each_segment(clip):
    path = clip()
    assert times(path, count=4) == [300, 1100, 1800, 2600]
    assert times(path, count=1) == [1500]
    assert times(path, count=30) == list(range(0, 3000, 100))


def test_the_pictures_are_those_of_their_times(clip):
    for frame in frames(clip(), FramePolicy(count=10)):
        assert grey(frame.jpeg) == pytest.approx(200 * (frame.time_ms // 100) // 30, abs=6)


@pytest.mark.parametrize("key_every", [10, 1000])
@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx-vp9")])
def test_jumps_in_a_long_video_reach_the_same_frames(clip, name, codec, key_every):
    path = clip(name, codec=codec, times_ms=range(0, 60_000, 100), key_every=key_every)
    found = frames(path, FramePolicy(count=5))
    assert [frame.time_ms for frame in found] == [6000, 18_000, 30_000, 42_000, 54_000]
    for frame in found:
        assert grey(frame.jpeg) == pytest.approx(200 * frame.time_ms // 60_000, abs=6)


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "libx264"), ("a.webm", "libvpx-vp9")])
def test_a_variable_rate_shows_the_last_frame_before_the_time(clip, name, codec):
    # With frames out of order the MP4 muxer declares too short a duration for a variable rate.
    path = clip(name, codec=codec, times_ms=[0, 10, 500, 520, 2000, 2010, 5000, 7800], reorder=False)
    duration = probe(path).duration_ms
    assert duration == pytest.approx(7900, abs=5)
    assert times(path, count=4) == [520, 2010, 2010, 5000]


def test_a_clip_of_one_frame_repeats_it(clip):
    assert times(clip(times_ms=[0])) == [0, 0, 0, 0]


def test_sound_longer_than_the_picture_shows_the_last_frame(clip):
    assert times(clip(times_ms=range(0, 1000, 100), sound="aac"), count=3) == [500, 900, 900]


def test_rotation_of_the_camera_is_applied(clip):
    path = clip()
    data = path.read_bytes()
    track = data.index(b"tkhd")
    at = data.index(IDENTITY, track)
    path.write_bytes(data[:at] + CLOCKWISE + data[at + len(CLOCKWISE) :])
    image = image_of(frames(path, FramePolicy(count=1))[0].jpeg)
    assert image.size == (112, 64)
    red, green, _ = image.getpixel((106, 32))  # the band along the top is now at the right
    assert red > 200 > 60 > green
    assert (probe(path).width, probe(path).height) == (112, 64)


def test_frames_are_deterministic(clip):
    path = clip(width=480, height=272)
    assert frames(path, FramePolicy()) == frames(path, FramePolicy())


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        ((1920, 1080), (448, 252)),
        ((1080, 1920), (252, 448)),
        ((640, 480), (336, 252)),
        ((480, 640), (252, 336)),
        ((500, 500), (252, 252)),
        ((2000, 100), (448, 22)),
        ((100, 80), (100, 80)),
        ((8000, 1), (448, 1)),
    ],
)
def test_a_frame_fits_the_box_of_its_orientation(tmp_path, size, fitted):
    path = tmp_path / "image.png"
    Image.new("RGB", size).save(path)
    [frame] = frames(path, FramePolicy())
    assert (frame.width, frame.height) == fitted == image_of(frame.jpeg).size


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(width=st.integers(1, 1200), height=st.integers(1, 1200))
def test_a_frame_keeps_its_aspect_and_its_price(tmp_path, width, height):
    path = tmp_path / "image.png"
    Image.new("1", (width, height)).save(path)
    [frame] = frames(path, FramePolicy())
    scale = min(1, 448 / max(width, height), 252 / min(width, height))
    assert abs(frame.width - max(1, width * scale)) <= 0.5
    assert abs(frame.height - max(1, height * scale)) <= 0.5
    assert math.ceil(frame.width / 28) * math.ceil(frame.height / 28) <= 144


@pytest.mark.parametrize(
    ("size", "expected"), [((640, 640), (320, 320)), ((1000, 200), (640, 128)), ((90, 160), (90, 160))]
)
def test_a_thumbnail_is_at_most_320_high_and_twice_as_wide(tmp_path, size, expected):
    path = tmp_path / "image.png"
    Image.new("RGB", size).save(path)
    assert image_of(thumbnail(path)).size == expected


def test_the_thumbnail_of_a_video_is_its_middle(clip):
    assert grey(thumbnail(clip())) == pytest.approx(100, abs=6)


def test_the_hash_of_a_policy_names_it():
    assert FramePolicy().hash == "43c56378b4295f61e2507aca1370af49ac0c46bc402de4cbd4d7e9257c20ea86"
    variants = [FramePolicy(), FramePolicy(count=8), FramePolicy(jpeg_quality=71), FramePolicy(short_side=224)]
    assert len({policy.hash for policy in variants}) == len(variants)


@pytest.mark.parametrize(
    "policy",
    [
        {"count": 0},
        {"count": 101},
        {"sampling": "first"},
        {"short_side": 250},
        {"short_side": 476},
        {"long_side": 2604},
        {"jpeg_quality": 0},
        {"jpeg_quality": 96},
    ],
)
def test_a_policy_out_of_range_is_refused(policy):
    with pytest.raises(ValueError, match=next(iter(policy)).split("_")[-1][:4]):
        FramePolicy(**policy)
