"""What a browser's console holds against a page."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Page

# MapLibre, which Plotly carries for maps, tries to write one style sheet of its own; nothing here needs it.
MAPLIBRE = "sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o="


def listen(page: Page, problems: list[str], *, to: tuple[str, ...] = ("error",)) -> Page:
    """Add every message of these kinds, and every uncaught error, to `problems`."""

    def note(message: ConsoleMessage) -> None:
        if message.type in to and MAPLIBRE not in message.text:
            problems.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: problems.append(str(error)))
    return page
