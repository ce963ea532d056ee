from pathlib import Path

from attributes.domain import media
from attributes.media import FramePolicy
from attributes.models import Item, Media
from labelhub.accounts.models import User
from tests.personas import signed_in


def test_a_rater_plays_a_part_of_the_video(rater: User, film: Item, video: Path) -> None:
    response = signed_in(rater).get(f"/c/clips/media/{film.media.uid}/", headers={"Range": "bytes=0-3"})
    assert response.status_code == 206
    assert b"".join(response) == video.read_bytes()[:4]
    assert response["Content-Range"] == f"bytes 0-3/{video.stat().st_size}"
    assert response["Content-Type"] == "video/mp4"
    assert response["Cache-Control"].startswith("private")


def test_the_thumbnail(rater: User, film: Item) -> None:
    response = signed_in(rater).get(f"/c/clips/media/{film.media.uid}/thumbnail/")
    assert (response["Content-Type"], b"".join(response)) == ("image/jpeg", media.thumbnail_of(film.media).read_bytes())


def test_a_frame_that_was_cut(analyst: User, film: Item) -> None:
    frames = media.frames_of(film.media, FramePolicy())
    response = signed_in(analyst).get(f"/c/clips/media/{film.media.uid}/frames/1/")
    assert b"".join(response) == frames[1].jpeg


def test_media_at_fault_and_lost_files_are_not_there(rater: User, film: Item) -> None:
    path = f"/c/clips/media/{film.media.uid}/"
    media.file_of(film.media).unlink()
    assert signed_in(rater).get(path).status_code == 404
    Media.objects.update(state="error")
    assert signed_in(rater).get(f"{path}thumbnail/").status_code == 404
