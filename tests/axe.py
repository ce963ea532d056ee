"""What axe finds on a page as it stands, in light and dark, on a desk and on a phone."""

from __future__ import annotations

from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# What each look is asked: the colours of the dark one, and everything of the light one.
SCHEMES: dict[Literal["light", "dark"], tuple[str, ...]] = {
    "light": (),
    "dark": ("color-contrast", "link-in-text-block"),
}
WIDTHS = (1280, 390)
STILL = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { transition: none !important; animation: none !important }');
  document.adoptedStyleSheets.push(sheet); }"""


def serious(page: Page, *rules: str) -> list[str]:
    """Findings of impact serious or critical, by all rules or by these."""
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = Axe().run(page, options=options).response["violations"]
    bad = [violation for violation in found if violation["impact"] in ("serious", "critical")]
    return [f"{violation['id']}: {[node['html'] for node in violation['nodes']]}" for violation in bad]


def serious_in_every_look(page: Page) -> list[str]:
    page.evaluate(STILL)  # colours half-way from light to dark are nobody's
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for scheme, rules in SCHEMES.items():
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{width} {scheme} {finding}" for finding in serious(page, *rules)]
    return found
