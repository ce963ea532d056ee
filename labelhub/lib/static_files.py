"""Static files: hashed and compressed names, and files that come out of installed wheels, so that none is vendored."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, get_finders
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage, Storage
from django.core.management import call_command
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

PLOTLY_SCRIPT = "vendor/plotly.min.js"
PLOTLY_STYLES = "css/plotly.css"
UNUSED = ["ext", "htmx-4*", "htmax*"]  # shipped by django-htmx


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise has no types
    """Names carry a hash of the content, also those that our own ES modules import; gzip beside each file.

    No brotli: it takes 7 s for plotly.min.js at every collection. Imports are rewritten in js/ alone, because
    scripts of other packages import files that they do not ship.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(use_brotli=False, **options)


class OneFileStorage(FileSystemStorage):
    """A read-only storage that knows one file, under a name of our choice."""

    prefix = ""

    def __init__(self, file: Path) -> None:
        super().__init__(location=file.parent)
        self.file = file

    def path(self, name: str) -> str:
        return str(self.file)


class WheelFileFinder(BaseFinder):
    """Finds Plotly's script in its wheel, and the style sheet made from it."""

    def __init__(self, app_names: object = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> str | list[str]:  # type: ignore[override]  # the stubs overload it
        file = wheel_file(path)
        if file is None:
            return []
        return [str(file)] if find_all else str(file)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        for name in (PLOTLY_SCRIPT, PLOTLY_STYLES):
            file = wheel_file(name)
            if file is not None and not matches_patterns(name, ignore_patterns or ()):
                yield name, OneFileStorage(file)


def wheel_file(name: str) -> Path | None:
    if name == PLOTLY_SCRIPT:
        return plotly_script()
    if name == PLOTLY_STYLES:
        return plotly_styles()
    return None


def plotly_script() -> Path:
    spec = find_spec("plotly")  # the import takes a second
    if spec is None or not spec.submodule_search_locations:
        raise ImproperlyConfigured("The package plotly is not installed.")
    return Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js"


def plotly_styles() -> Path:
    """The style sheet for the installed Plotly, written to the data folder once per version.

    Plotly injects these rules at run time, which our content security policy forbids; it leaves that out where it
    finds `<link id="plotly.js-style-global" class="no-inline-styles">`.
    """
    file = Path(settings.LABELHUB_DATA) / "generated" / f"plotly-{version('plotly')}.css"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        styles = extract_styles(plotly_script().read_text(encoding="utf-8"))
        with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as draft:
            draft.write(styles)
        Path(draft.name).replace(file)  # never seen half-written by another process
    return file


def extract_styles(script: str) -> str:
    """The rules of the object `{"X,X div": "direction:ltr;...", ...}` in plotly.min.js, as CSS.

    X and Y stand for the plot and the notifier, as in Plotly's build. Raises ImproperlyConfigured when the object is
    not there.
    """
    found = re.search(r'\{("X,X div":.*?)\};', script, re.DOTALL)
    if found is None:
        raise ImproperlyConfigured("plotly.min.js holds no style rules where they used to be: adapt extract_styles.")
    literal = r"""(?:"(?P<{0}d>[^"]*)"|'(?P<{0}s>[^']*)'|(?P<{0}n>\w+))"""
    rules = re.finditer(literal.format("k") + ":" + literal.format("v"), found[1])
    lines = []
    for rule in rules:
        selector = rule["kd"] or rule["ks"] or rule["kn"]
        selector = selector.replace("X", ".js-plotly-plot .plotly").replace("Y", ".plotly-notifier")
        lines.append(f"{selector}{{{rule['vd'] or rule['vs'] or ''}}}\n")
    return "".join(lines)


def collect_if_changed() -> bool:
    """Run collectstatic where a source file or a package that makes the names has changed; whether it ran."""
    stamp = Path(settings.LABELHUB_DATA) / "static.sha256"
    current = fingerprint()
    if stamp.exists() and stamp.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, clear=True, verbosity=0, ignore_patterns=UNUSED)
    stamp.write_text(current)
    return True


def fingerprint() -> str:
    """A hash over name, size and time of every source file, over the packages that process them and this module."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(f"{version('django')} {version('whitenoise')} {settings.STATIC_URL}\n".encode())
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
