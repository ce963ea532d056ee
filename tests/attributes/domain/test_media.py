from pathlib import Path

import pytest

from attributes.domain import media
from attributes.media import FramePolicy
from attributes.models import Corpus, FrameSet, Item, Media
from labelhub.lib.copy import staging

POLICY = FramePolicy(count=2)


def test_a_file_is_stored_by_content_with_its_thumbnail(film: Item, video: Path, data_folder: Path) -> None:
    kept = film.media
    assert kept.path == f"{kept.sha256[:2]}/{kept.sha256}.mp4"
    assert media.file_of(kept).read_bytes() == video.read_bytes()
    assert media.thumbnail_of(kept).read_bytes()[:3] == b"\xff\xd8\xff"
    assert (kept.width, kept.height, kept.duration_ms, kept.has_audio, kept.plays_in_browser) == (
        36, 64, 1000, False, True,
    )  # fmt: skip
    assert sorted(path.suffix for path in (data_folder / "media").rglob("*") if path.is_file()) == [".jpg", ".mp4"]


def test_frames_are_cut_once(film: Item) -> None:
    assert media.kept_frames(film.media, POLICY) is None
    first = media.frames_of(film.media, POLICY)
    assert [frame.time_ms for frame in first] == [200, 700]
    media.file_of(film.media).unlink()
    assert media.frames_of(film.media, POLICY) == first
    kept = media.kept_frames(film.media, POLICY)
    assert kept == FrameSet.objects.get()
    assert [(media.root() / path).read_bytes() for path in kept.paths] == [frame.jpeg for frame in first]


def test_frames_of_another_policy_are_others(film: Item) -> None:
    media.frames_of(film.media, POLICY)
    assert len(media.frames_of(film.media, FramePolicy(count=3))) == 3
    assert FrameSet.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.mp4", "no such file"), ("../film.mp4", "outside the media folder"), (".", "no such file")],
)
def test_what_is_no_file_of_the_folder(tmp_path: Path, data_folder: Path, name: str, message: str) -> None:
    (tmp_path / "clips").mkdir()
    (tmp_path / "film.mp4").touch()
    with pytest.raises(media.MediaError, match=message):
        media.store(tmp_path / "clips", name)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, data_folder: Path, video: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    (folder / "film.mp4").symlink_to(video)
    with pytest.raises(media.MediaError, match="outside the media folder"):
        media.store(folder, "film.mp4")


def test_nothing_to_attach(corpus: Corpus) -> None:
    with staging("nothing", "external_id text, file_sha256 text"):
        media.attach(corpus, {}, "nothing")
    assert not Media.objects.exists()
