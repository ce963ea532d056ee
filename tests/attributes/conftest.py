from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from attributes.domain import imports
from attributes.models import Corpus, Item


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of one second, 36 x 64."""
    path = tmp_path_factory.mktemp("video") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 36, 64, "yuv420p"
        for shade in range(10):
            picture = np.full((64, 36, 3), 20 * shade, dtype=np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def data_folder(tmp_path: Path, settings: Any) -> Path:
    """Media and uploads of this test alone."""
    settings.MEDIA_ROOT = tmp_path / "data" / "media"
    settings.UPLOAD_ROOT = tmp_path / "data" / "uploads"
    return tmp_path / "data"


@pytest.fixture
def film(corpus: Corpus, video: Path, data_folder: Path, tmp_path: Path) -> Item:
    """An item with a video."""
    table = tmp_path / "film.csv"
    table.write_text(f"id,title,file\nfilm,A film,{video.name}\n")
    columns = imports.ColumnMap(id="id", title="title", file="file")
    imports.import_items(corpus=corpus, path=table, columns=columns, media_dir=video.parent)
    return Item.objects.get(corpus=corpus, external_id="film")
