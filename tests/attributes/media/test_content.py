from pathlib import Path

import pytest

from attributes.media import FramePolicy, MediaError, content, frames, probe


@pytest.fixture
def saved(tmp_path: Path):
    def save(data: bytes, name: str = "clip.mp4") -> Path:
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return save


def reason(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path)
    return str(caught.value)


NEITHER = "not a video (MP4, MOV, WebM, MKV) or an image (JPEG, PNG, WebP, GIF)"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"MZ\x90\x00" + bytes(200), NEITHER),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", NEITHER),
        (b"<?xml version='1.0'?><svg/>", NEITHER),
        (b"<!doctype html><script>1</script>", NEITHER),
        (b"#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/a.ts\n", NEITHER),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", NEITHER),
        (b"ID3\x04" + bytes(100), NEITHER),
        (b"\x00\x00\x00\x1cftypheic" + bytes(16), "AVIF and HEIC images are not supported"),
        (b"\x00\x00\x00\x1cftypavif" + bytes(16), "AVIF and HEIC images are not supported"),
        (b"\x00\x00\x00\x10ftypisom\x00\x00\x02\x00\x00\x00\x00\x03free", "the container is broken"),
        (b"\x00\x00\x10\x00ftypisom", "the file is cut short"),
        (b"\x1a\x45\xdf\xa3\x00", "the container is broken"),
        (b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x84", "the file is cut short"),
        (b"\x00\x00\x00\x08free" * 200_010, "the container has too many parts"),
    ],
)
@pytest.mark.parametrize("name", ["clip.mp4", "clip.m3u8", "clip.png"])
def test_what_is_no_medium_is_refused_whatever_its_name(saved, data, message, name):
    assert reason(saved(data, name)) == message


def test_a_missing_file_is_a_media_error(tmp_path):
    assert reason(tmp_path / "none.mp4") == "the file cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("name", "codec", "movflags"),
    [("a.mp4", "libx264", ""), ("a.mp4", "libx264", "+faststart"), ("a.webm", "libvpx-vp9", "")],
)
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_cut_file_is_refused_wherever_it_is_cut(clip, saved, name, codec, movflags, kept):
    whole = clip(name, codec=codec, **({"movflags": movflags} if movflags else {})).read_bytes()
    assert reason(saved(whole[: int(len(whole) * kept)])) == "the file is cut short"


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("fragmented.mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
        ("live.webm", "libvpx-vp9", {"live": "1"}),
    ],
)
def test_a_recording_without_declared_length_is_measured(clip, name, codec, options):
    path = clip(name, codec=codec, **options)
    assert probe(path).duration_ms == 3000
    assert [frame.time_ms for frame in frames(path, FramePolicy(count=3))] == [500, 1500, 2500]


def test_the_name_is_neither_protocol_nor_pattern(clip):
    for name in ("http:%3d concat:a|b.mp4", "%03d*[x].mp4", "-i.mp4"):
        assert probe(clip(name)).codec == "h264"


def test_matroska_is_told_from_webm(clip):
    assert content.content_of(clip("a.mkv")) is content.MATROSKA
    assert content.content_of(clip("a.webm", codec="libvpx-vp9")) is content.WEBM
