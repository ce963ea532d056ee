"""One style sheet made of several, for a page that must load in few requests."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage
from django.core.files.storage import Storage

from .static_files import OneFileStorage

SOURCES = Path(settings.BASE_DIR) / "static"
# The cascade's layers are named in the first part.
SHEETS = {
    "css/rating.css": (
        "css/tokens.css",
        "css/base.css",
        "css/controls.css",
        "css/content.css",
        "css/stage.css",
        "css/rate.css",
    ),
}


class StyleSheetFinder(BaseFinder):
    """Finds the style sheets of `SHEETS`, made of their parts whenever one of those has changed."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:  # type: ignore[override]  # the stubs overload it
        if path not in SHEETS:
            return []
        file = str(sheet(path))
        return [file] if find_all else file

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in SHEETS:
            if not matches_patterns(name, ignore_patterns or ()):
                yield name, OneFileStorage(sheet(name))


def sheet(name: str) -> Path:
    """The file in the data folder; it is written only where its content is new, so that its time says something."""
    styles = "".join((SOURCES / part).read_text(encoding="utf-8") for part in SHEETS[name])
    file = Path(settings.LABELHUB_DATA) / "generated" / Path(name).name
    if not file.exists() or file.read_text(encoding="utf-8") != styles:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as draft:
            draft.write(styles)
        Path(draft.name).replace(file)  # never seen half-written by another process
    return file
