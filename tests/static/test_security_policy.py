"""Nothing in our templates or scripts needs more than the strict content security policy."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMMENT = re.compile(r"\{% comment %\}.*?\{% endcomment %\}", re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_has_no_inline_style_or_script(path: Path) -> None:
    markup = COMMENT.sub("", path.read_text())
    assert re.findall(r"\sstyle=|<style|\son\w+=|hx-on|javascript:", markup) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", markup) if " src=" not in tag] == []


def plotly_selectors() -> list[str]:
    """Selectors of the rules that plotly.js would inject, less those of parts that we switch off."""
    spec = find_spec("plotly")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    source = (Path(spec.submodule_search_locations[0]) / "package_data/plotly.min.js").read_text()
    table = source[source.index('{"X,X div"') : source.index("};for(", source.index('{"X,X div"'))]
    names = re.findall(r'"(X[^"]*)":["\']', table)
    unused = ("modebar", "cloud-dialog", "data-title")
    return [name.replace("X", ".js-plotly-plot .plotly") for name in names if not any(part in name for part in unused)]


def test_every_rule_that_plotly_would_inject_is_in_our_style_sheet() -> None:
    ours = re.findall(r"^(\.js-plotly-plot.*?) \{", (ROOT / "static/css/plotly.css").read_text(), re.MULTILINE)
    assert sorted(ours) == sorted(plotly_selectors())
