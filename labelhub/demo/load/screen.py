"""One rater at the rating screen in Chromium: what its first load costs, and how soon the next question is painted."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from attributes.domain import corpora, definitions, imports
from attributes.models import Corpus
from labelhub.lib.schema import bring_up_to_date
from labelhub.lib.static_files import collect_if_changed
from raters.load.figures import latencies

from .. import clips
from ..corpus import DemoItem, load_briefs, load_items
from . import seeding, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

SLUG, CLIPS = "screen", 6
REQUESTS, KILOBYTES, NEXT_P95_MS = 12, 150.0, 100.0
WARM_UP = 5  # answers
PHONE_SLOW = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}  # bytes/s, as 3G is
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
# From the key press, as the browser stamped it, to the frame after the one in which the next item came on screen.
MEASURE = """() => { window.seen = []; let pressed = null;
  addEventListener('keydown', (event) => { pressed = event.timeStamp; }, true);
  new MutationObserver(() => { const begun = pressed; pressed = null; if (begun === null) return;
    requestAnimationFrame(() => setTimeout(() => window.seen.push(performance.now() - begun)));
  }).observe(document.querySelector('#rate-item'), { childList: true }); }"""
Say = Callable[[str], None]


class CannotMeasure(Exception):
    """What it takes is not here."""


@dataclass
class Traffic:
    """What the first load takes off the network, without the media."""

    requests: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    def watch(self, session: CDPSession) -> None:
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, event: dict[str, Any]) -> None:
        self.requests[event["requestId"]] = event["request"]["url"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    def figures(self) -> dict[str, float]:
        counted = [key for key, url in self.requests.items() if "/media/" not in url and url.startswith("http")]
        return {"requests": len(counted), "kilobytes": round(sum(self.sizes.get(key, 0) for key in counted) / 1000, 1)}


def measure(answers: int, *, say: Say) -> Iterator[dict[str, Any]]:
    """Lines: requests and bytes of the first load; the next item on a good and on a slow connection."""
    sync_playwright, chromium = _playwright(), _chromium()
    bring_up_to_date()
    if settings.PRODUCTION:
        raise CannotMeasure("works on a data folder of its own: leave DATABASE_URL out")
    collect_if_changed()
    call_command("createcachetable", verbosity=0)
    port = server.free_port()
    corpus = _corpus(2 * (answers + WARM_UP) + 20, say)
    url = _set_url(corpus, port)
    accounts = seeding.sign_in(seeding.make_raters(corpus, 2))
    # Nothing of the database from here on: Playwright works inside an event loop.
    with server.running(port, data=Path(settings.LABELHUB_DATA)), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM))
        for name, account in zip(("local", "slow"), accounts, strict=True):
            context = _signed_in(browser, account.session, f"http://{server.HOST}:{port}")
            yield from _on_screen(context, url, name, answers)
            context.close()
        browser.close()


def _on_screen(context: BrowserContext, url: str, name: str, answers: int) -> Iterator[dict[str, Any]]:
    page = context.new_page()
    session = context.new_cdp_session(page)
    traffic = Traffic()
    traffic.watch(session)
    page.goto(url)
    _ready(page)
    first_load = traffic.figures()
    if name == "local":
        yield _goal("rating_screen_requests", first_load["requests"], "requests", REQUESTS)
        yield _goal("rating_screen_compressed", first_load["kilobytes"], "kB", KILOBYTES)
    else:
        session.send("Network.emulateNetworkConditions", {"offline": False, **PHONE_SLOW})
    page.evaluate(MEASURE)
    for _ in range(WARM_UP + answers):
        _ready(page)
        page.keyboard.press("y")
        page.wait_for_function("() => !document.querySelector('#rate').dataset.ready")
    _ready(page)
    seen = page.evaluate("window.seen")[WARM_UP:]
    found = latencies([milliseconds / 1000 for milliseconds in seen])
    line = _goal(f"rating_screen_next_{name}", found["p95_ms"], "ms", NEXT_P95_MS)
    yield {**line, "n": len(seen), **found}


def _goal(bench: str, value: float, unit: str, goal: float) -> dict[str, Any]:
    return {"bench": bench, "value": value, "unit": unit, "goal": goal, "ok": value <= goal}


def _ready(page: Page) -> None:
    page.locator("#rate[data-ready=true]").wait_for(timeout=60_000)


def _signed_in(browser: Browser, session: str, url: str) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return context


def _corpus(size: int, say: Say) -> Corpus:
    """Items with a clip each; a few clips, as the same bytes at different addresses."""
    corpus = corpora.get_or_create(slug=SLUG, name="Screen")
    with tempfile.TemporaryDirectory(dir=settings.LABELHUB_DATA) as name:
        folder = Path(name)
        drawn, briefs = load_items()[:CLIPS], load_briefs()
        say(f"drawing {len(drawn)} clips for {size} items")
        for item in drawn:
            clips.render(item.id, briefs[item.id].look, folder / f"{item.id}.mp4")
        file = folder / "items.jsonl"
        rows = (_row(f"{i:04}", drawn[i % len(drawn)]) for i in range(size))
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        columns = imports.ColumnMap(id="id", title="title", text="text", file="file")
        imports.import_items(corpus=corpus, path=file, columns=columns, media_dir=folder)
    return corpus


def _row(key: str, item: DemoItem) -> dict[str, str]:
    return {"id": key, "title": f"{item.title} {key}", "text": item.text, "file": f"{item.id}.mp4"}


def _set_url(corpus: Corpus, port: int) -> str:
    spec = {**seeding.DEFINITION, "inputs": {"fields": ["title", "text"], "frames": True, "audio": True}}
    definitions.import_definition(corpus=corpus, spec=definitions.read_spec(spec))
    rating_set = seeding.make_set(corpus, size=corpus.items.count(), overlap=2)
    return f"http://{server.HOST}:{port}{reverse('raters:rate', args=[corpus.slug, rating_set.uid])}"


def _playwright() -> Any:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise CannotMeasure("needs Playwright, which `make test` installs") from None
    return sync_playwright


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise CannotMeasure("needs Chromium, which `make chromium` installs")
    return found
