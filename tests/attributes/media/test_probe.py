import hashlib
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from attributes.media import MediaError, MediaInfo, probe, sha256_of


def test_facts_of_a_video_with_sound(clip):
    info = probe(clip("a.mp4", sound="aac"))
    assert info == MediaInfo("video", "video/mp4", "h264", 64, 112, info.duration_ms, 10.0, True, True)
    assert info.duration_ms == pytest.approx(3000, abs=50)


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt", "canonical", "plays"),
    [
        ("a.mp4", "libx264", "yuv420p", "h264", True),
        ("a.mp4", "libx264", "yuv444p", "h264", False),
        ("a.mkv", "libx264", "yuv420p", "h264", False),
        ("a.webm", "libvpx", "yuv420p", "vp8", True),
        ("a.webm", "libvpx-vp9", "yuv420p", "vp9", True),
        ("a.mp4", "libsvtav1", "yuv420p", "av1", True),
        ("a.mp4", "libx265", "yuv420p", "hevc", False),
        ("a.mp4", "mpeg4", "yuv420p", "mpeg4", False),
    ],
)
def test_codecs_that_browsers_play(clip, name, codec, pix_fmt, canonical, plays):
    info = probe(clip(name, codec=codec, pix_fmt=pix_fmt))
    assert (info.codec, info.plays_in_browser) == (canonical, plays)


def test_sound_that_browsers_do_not_play_counts(clip):
    info = probe(clip("a.mp4", sound="ac3"))
    assert (info.has_audio, info.plays_in_browser) == (True, False)


def test_the_size_is_the_one_shown(clip):
    info = probe(clip(pixel_aspect=Fraction(2, 1)))
    assert (info.width, info.height) == (128, 112)


@pytest.mark.parametrize(("width", "height"), [(8200, 16), (16, 8200)])
def test_absurd_sizes_are_refused(clip, width, height):
    with pytest.raises(MediaError) as caught:
        probe(clip(width=width, height=height, times_ms=[0]))
    assert str(caught.value) == f"{width} x {height} pixels; a side must be from 1 to 8192"


def test_an_absurd_pixel_aspect_is_refused(clip):
    with pytest.raises(MediaError) as caught:
        probe(clip(width=128, pixel_aspect=Fraction(100, 1)))
    assert str(caught.value) == "12800 x 112 pixels; a side must be from 1 to 8192"


def test_ten_hours_are_refused(clip):
    with pytest.raises(MediaError) as caught:
        probe(clip(times_ms=[0, 36_000_000]))
    assert str(caught.value) == "10.0 hours long; at most 4"


def test_sound_alone_is_refused(sound):
    with pytest.raises(MediaError) as caught:
        probe(sound)
    assert str(caught.value) == "the file has sound only, no picture"


def test_a_slow_file_ends_at_the_deadline(clip):
    with pytest.raises(MediaError) as caught:
        probe(clip(), timeout_s=1e-9)
    assert str(caught.value) == "reading the video takes too long"


def test_damaged_pictures_are_a_media_error(clip):
    path = clip("a.webm", codec="libvpx-vp9", times_ms=range(0, 500, 100))
    data = bytearray(path.read_bytes())
    start = data.index(b"\xa3", data.index(b"\x1f\x43\xb6\x75"))  # the first block of the first cluster
    data[start + 6 : start + 200] = bytes(194)
    path.write_bytes(data)
    with pytest.raises(MediaError, match=r"^(the video is broken|no frame)"):
        probe(path)


def test_facts_of_an_image(tmp_path: Path):
    path = tmp_path / "picture.mp4"
    Image.new("RGB", (30, 20), "red").save(path, "PNG")
    assert probe(path) == MediaInfo("image", "image/png", "png", 30, 20, None, None, False, True)


def test_sha256_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 10**6)
    assert sha256_of(path) == hashlib.sha256(b"abc" * 10**6).hexdigest()
