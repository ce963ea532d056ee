from itertools import product
from pathlib import Path

import av
import numpy as np
import pytest

from labelhub.demo.clips import FRAMES, FRAMES_PER_SECOND, HEIGHT, WIDTH, render
from labelhub.demo.corpus import Look, load_briefs
from labelhub.demo.motions import CANVAS, MOTIONS
from labelhub.demo.scenes import BEATS_PER_SECOND, PALETTES, Scene
from labelhub.demo.shapes import OUTLINES, RIDGES

BUSIEST = Look("neon", "bounce", "fast", "bars")


def test_a_clip_decodes_at_its_size_and_length(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    render("v0001", BUSIEST, path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(video=0))
        assert (stream.codec_context.name, stream.width, stream.height) == ("h264", WIDTH, HEIGHT)
        assert len(container.streams) == 1
    assert len(frames) == FRAMES
    assert frames[-1].time == pytest.approx((FRAMES - 1) / FRAMES_PER_SECOND, abs=0.01)


def test_the_busiest_look_stays_small_and_starts_fast(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    render("v0001", BUSIEST, path)
    data = path.read_bytes()
    assert len(data) < 80_000
    assert 0 < data.index(b"moov") < data.index(b"mdat")


def test_rendering_is_deterministic_whatever_was_rendered_before(tmp_path: Path) -> None:
    """Repeats between other clips: an encoder whose output hangs on its memory differs only then."""
    looks = {brief.id: brief.look for brief in list(load_briefs().values())[:60:12]}
    files: dict[str, set[bytes]] = {item_id: set() for item_id in looks}
    for item_id, look in [*looks.items()] * 2:
        path = tmp_path / "clip.mp4"
        render(item_id, look, path)
        files[item_id].add(path.read_bytes())
    assert [len(variants) for variants in files.values()] == [1] * len(looks)
    assert len(set.union(*files.values())) == len(looks)


@pytest.mark.parametrize(("motion", "shapes"), list(product(MOTIONS, [*OUTLINES, *RIDGES])))
def test_every_motion_moves_every_shape(motion: str, shapes: str) -> None:
    scene = Scene(Look("ocean", motion, "medium", shapes), seed=3)
    early, late = scene.frame(0.0), scene.frame(1.3)
    assert early.shape == (*CANVAS, 3)
    assert early.dtype == np.dtype(np.uint8)
    assert (early != late).any()


def test_a_mirrored_scene_is_symmetric() -> None:
    frame = Scene(Look("rose", "mirror", "slow", "petals"), seed=1).frame(0.7)
    assert (frame == frame[:, ::-1]).all()


def test_fast_scenes_change_more_than_slow_ones() -> None:
    def change(tempo: str) -> float:
        scene = Scene(Look("ice", "orbit", tempo, "orbs"), seed=5)
        pictures = np.stack([scene.frame(second / 6).astype(float) for second in range(6)])
        return float(np.abs(np.diff(pictures, axis=0)).mean())

    assert change("slow") < change("medium") < change("fast")


def test_strobes_stay_under_three_jumps_a_second() -> None:
    assert 2 * max(BEATS_PER_SECOND.values()) < 3


def test_every_brief_has_a_look_that_can_be_drawn() -> None:
    for brief in load_briefs().values():
        Scene(brief.look, seed=0)


@pytest.mark.parametrize("place", range(4))
def test_an_unknown_look_is_refused(place: int, tmp_path: Path) -> None:
    words = [next(iter(PALETTES)), "drift", "slow", "orbs"]
    words[place] = "sepia"
    with pytest.raises(ValueError, match="unknown look 'sepia'"):
        render("v0001", Look(*words), tmp_path / "clip.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_path_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        render("v0001", BUSIEST, tmp_path / "missing" / "clip.mp4")
