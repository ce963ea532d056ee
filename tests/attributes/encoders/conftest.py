from __future__ import annotations

from pathlib import Path

import pytest

from attributes.encoders import MINILM
from attributes.encoders.encode import SentenceEncoder
from attributes.encoders.export import ensure_export


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder into which MiniLM has been exported."""
    folder = tmp_path_factory.mktemp("encoders")
    ensure_export(MINILM, folder)
    return folder


@pytest.fixture(scope="session")
def encoder(cache: Path) -> SentenceEncoder:
    return SentenceEncoder(ensure_export(MINILM, cache), threads=1)
