"""Collecting and finding static files, those of wheels included."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from pytest_django import Settings

from labelhub.lib.static_files import (
    PLOTLY_SCRIPT,
    PLOTLY_STYLES,
    StaticStorage,
    WheelFileFinder,
    collect_if_changed,
    extract_styles,
)


@pytest.fixture
def site(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    """A site with two ES modules of its own; returns the folder of its sources."""
    source = tmp_path / "source"
    (source / "js").mkdir(parents=True)
    (source / "js" / "page.js").write_text('import { greet } from "./greet.js";\ngreet();\n')
    (source / "js" / "greet.js").write_text("export const greet = () => document.title;\n")
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = [
        "django.contrib.staticfiles.finders.FileSystemFinder",
        "labelhub.lib.static_files.WheelFileFinder",
    ]
    settings.LABELHUB_DATA = tmp_path
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "labelhub.lib.static_files.StaticStorage"},
    }
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]  # it is cached
    yield source
    finders.get_finder.cache_clear()  # type: ignore[attr-defined]  # it is cached


def collected(site: Path) -> list[str]:
    root = site.parent / "collected"
    names = (str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
    return sorted(re.sub(r"\.[0-9a-f]{12}\.", ".#.", name) for name in names)


def test_collecting(site: Path) -> None:
    assert collect_if_changed()
    assert collected(site) == [
        "css/plotly.#.css",
        "css/plotly.#.css.gz",
        "js/greet.#.js",
        "js/page.#.js",
        "staticfiles.json",
        "vendor/plotly.min.#.js",
        "vendor/plotly.min.#.js.gz",
    ]
    storage = StaticStorage()
    page = Path(storage.path(storage.stored_name("js/page.js")))
    greet = Path(storage.stored_name("js/greet.js")).name
    assert page.read_text() == f'import {{ greet }} from "./{greet}";\ngreet();\n'


def test_collecting_again_only_after_a_change(site: Path) -> None:
    assert collect_if_changed()
    assert not collect_if_changed()
    (site / "js" / "greet.js").write_text("export const greet = () => document.URL;\n")
    assert collect_if_changed()
    assert len(collected(site)) == 7  # the file of the former name is gone


def test_the_finder() -> None:
    finder = WheelFileFinder()
    script, styles = finder.find(PLOTLY_SCRIPT), finder.find(PLOTLY_STYLES)
    assert isinstance(script, str)
    assert isinstance(styles, str)
    assert Path(script).stat().st_size > 1_000_000
    assert finder.find(PLOTLY_SCRIPT, find_all=True) == [script]
    assert finder.find("vendor/other.js") == []
    assert [(name, storage.path(name)) for name, storage in finder.list(None)] == [
        (PLOTLY_SCRIPT, script),
        (PLOTLY_STYLES, styles),
    ]
    assert [name for name, _ in finder.list(["css/*"])] == [PLOTLY_SCRIPT]
    assert finder.check() == []
    assert finders.find(PLOTLY_STYLES) == styles


def test_the_styles_of_the_installed_plotly() -> None:
    spec = find_spec("plotly")
    assert spec
    assert spec.submodule_search_locations
    script = (Path(spec.submodule_search_locations[0]) / "package_data" / "plotly.min.js").read_text()
    styles = extract_styles(script).splitlines()
    assert len(styles) == 66
    assert ".js-plotly-plot .plotly .main-svg{position:absolute;top:0;left:0;pointer-events:none;}" in styles
    assert all(re.fullmatch(r"[^{}]+\{([a-z-]+:[^;{}]+;)+\}", rule) for rule in styles)


def test_the_styles_of_a_script() -> None:
    script = """a={"X,X div":'font-family:"Open Sans";',"X a":"color:red;",Y:"top:0;"};b()"""
    assert extract_styles(script) == (
        '.js-plotly-plot .plotly,.js-plotly-plot .plotly div{font-family:"Open Sans";}\n'
        ".js-plotly-plot .plotly a{color:red;}\n"
        ".plotly-notifier{top:0;}\n"
    )
    with pytest.raises(ImproperlyConfigured, match="adapt extract_styles"):
        extract_styles("a={}")


def test_our_own_files_can_be_collected(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "labelhub.lib.static_files.StaticStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["ext", "htmx-4*", "htmax*"])
    assert (tmp_path / "staticfiles.json").is_file()
