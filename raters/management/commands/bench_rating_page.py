"""What the rating screen costs: bytes of its first load, and the server's time for each of its requests."""

from __future__ import annotations

import json
import re
import statistics
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection
from django.test import Client
from django.urls import reverse

from attributes.domain import corpora, definitions, people
from attributes.domain.imports import content_hash
from attributes.models import Corpus, Item, Role
from labelhub.accounts.models import User
from raters.domain import sets
from raters.domain.designs import Design
from raters.models import RatingSet

ITEMS, WARM, TIMED = 10_000, 10, 100
GOAL_BYTES, GOAL_MS = 150_000, 15.0
DEFINITION = {
    "attribute": "calming",
    "question": "Would this video calm most viewers?",
    "statement": "A calming video lowers arousal: slow, quiet, predictable.",
    "includes": ["slow movement of water, clouds or light", "soft, even sound"],
    "excludes": ["shouting", "rapid cuts"],
    "edge_cases": [{"case": "a sleeping animal with loud music", "decision": "not calming"}],
}
REFERENCED = re.compile(r'(?:href|src)="([^"]+\.(?:css|js|svg))"')
IMPORTED = re.compile(r'from "\./([^"]+)"')


class Command(BaseCommand):
    help = "The rating screen on a set of 10,000 items: bytes of the first load, milliseconds of each request."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--items", type=int, default=ITEMS)

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        with scratch_database():
            rating_set, client = self._seeded(options["items"])
            shell = reverse("raters:rate", args=["bench", rating_set.uid])
            self._print("rating_page_first_load", first_load_bytes(client, shell), "bytes", GOAL_BYTES)
            for name, milliseconds in self._timed(client, rating_set, shell).items():
                self._print(f"rating_page_{name}", round(milliseconds, 2), "ms", GOAL_MS)

    def _print(self, bench: str, value: float, unit: str, goal: float) -> None:
        figure = {"bench": bench, "value": value, "unit": unit, "goal": goal, "ok": value <= goal}
        self.stdout.write(json.dumps(figure))

    def _seeded(self, n: int) -> tuple[RatingSet, Client]:
        corpus = corpora.get_or_create(slug="bench", name="Bench")
        Item.objects.bulk_create((_item(corpus, i) for i in range(n)), batch_size=5000)
        spec = definitions.read_spec(DEFINITION)
        definition, _ = definitions.import_definition(corpus=corpus, spec=spec)
        drawn = sets.sample(definition=definition, name="Bench", design=Design(size=n, seed=0))
        sets.open_for_rating(rating_set=drawn, actor=None)
        rater = User.objects.create_user("bench@example.com")
        people.grant(actor=None, corpus=corpus, user=rater, role=Role.RATER)
        client = Client(headers={"host": "localhost"})
        client.force_login(rater)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as autovacuum would have by the time that raters come
        return drawn, client

    def _timed(self, client: Client, rating_set: RatingSet, shell: str) -> dict[str, float]:
        urls = {name: reverse(f"raters:rate_{name}", args=["bench", rating_set.uid]) for name in ("claim", "submit")}
        times: dict[str, list[float]] = {"get": [], "claim": [], "submit": []}
        items: dict[str, dict[str, Any]] = {}
        for _ in range(WARM + TIMED):
            have = {"have": ",".join(items)}
            _time(times["get"], lambda: client.get(shell))
            line = _time(times["claim"], lambda have=have: client.post(urls["claim"], have)).json()
            items |= {item["assignment"]: item for item in line["items"]}
            item = items.pop(line["held"][0])
            answer = {
                "assignment": item["assignment"], "token": item["token"], "answer": "level", "level": "yes",
                "duration_ms": 1000, "submission_key": str(uuid.uuid4()), "have": ",".join(items),
            }  # fmt: skip
            following = _time(times["submit"], lambda answer=answer: client.post(urls["submit"], answer)).json()
            items |= {item["assignment"]: item for item in following["items"]}
        return {name: statistics.median(values[WARM:]) for name, values in times.items()}


def _item(corpus: Corpus, i: int) -> Item:
    title, text = f"Clip {i}", "Filmed from the pier before the first ferry. No cuts, the sound is as recorded."
    sha256 = content_hash(title, text, "", {}, "")
    return Item(corpus=corpus, external_id=f"b{i:06}", title=title, text=text, content_hash=sha256)


def _time(times: list[float], request: Any) -> Any:
    begun = time.perf_counter()
    response = request()
    times.append(1000 * (time.perf_counter() - begun))
    if response.status_code != 200:
        raise RuntimeError(f"the server answered {response.status_code}")
    return response


def first_load_bytes(client: Client, shell: str) -> int:
    """The page as it is sent, and every file that it and its modules name, gzipped as they are served."""
    response = client.get(shell)
    root = Path(settings.STATIC_ROOT)
    names = {name for name in REFERENCED.findall(response.content.decode()) if name.startswith(settings.STATIC_URL)}
    files = {root / name.removeprefix(settings.STATIC_URL) for name in names}
    waiting = [file for file in files if file.suffix == ".js"]
    while waiting:
        file = waiting.pop()
        imported = {file.parent / name for name in IMPORTED.findall(file.read_text())}
        waiting += imported - files
        files |= imported
    return len(response.content) + sum(_served(file) for file in files)


def _served(file: Path) -> int:
    packed = file.with_name(f"{file.name}.gz")  # missing where packing gains nothing
    return (packed if packed.is_file() else file).stat().st_size


@contextmanager
def scratch_database() -> Iterator[None]:
    """A database of its own beside the real one, dropped afterwards: ratings are append-only, a bench must not be."""
    real = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"bench_{uuid.uuid4().hex[:12]}"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(real, verbosity=0)
