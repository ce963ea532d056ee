from __future__ import annotations

from pathlib import Path

from django.contrib.staticfiles import finders

from labelhub.lib.style_sheets import SHEETS, SOURCES, StyleSheetFinder, sheet


def test_a_sheet_is_its_parts_in_order(own_data: Path) -> None:
    made = sheet("css/rating.css")
    assert made == own_data / "generated" / "rating.css"
    assert made.read_text() == "".join((SOURCES / part).read_text() for part in SHEETS["css/rating.css"])
    assert made.read_text().index("@layer reset, base, components, pages;") < made.read_text().index("@layer reset {")


def test_it_is_written_only_where_a_part_has_changed(own_data: Path) -> None:
    first = sheet("css/rating.css").stat().st_mtime_ns
    assert sheet("css/rating.css").stat().st_mtime_ns == first
    sheet("css/rating.css").write_text("of another version")
    assert sheet("css/rating.css").read_text().startswith("/*")


def test_the_finder(own_data: Path) -> None:
    finder = StyleSheetFinder()
    file = str(own_data / "generated" / "rating.css")
    assert finder.find("css/rating.css") == file
    assert finder.find("css/rating.css", find_all=True) == [file]
    assert finder.find("css/tokens.css") == []
    assert [(name, storage.path(name)) for name, storage in finder.list(None)] == [("css/rating.css", file)]
    assert list(finder.list(["css/*"])) == []
    assert finder.check() == []
    assert finders.find("css/rating.css") == file
