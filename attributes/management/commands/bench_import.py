"""How fast items come in: a CSV of six columns into a corpus that is not kept."""

from __future__ import annotations

import csv
import random
import secrets
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import CommandParser
from django.db import connection, transaction

from attributes.domain import corpora, imports
from labelhub.lib.commands import Command as Base

GOAL = 40_000
COLUMNS = ("id", "title", "text", "language", "channel", "published_at")


class Command(Base):
    help = "Measure the import of items, rows read to rows committed. The word index follows in a job of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=200_000)

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **{**options, "json": True})

    def work(self, *, rows: int, **options: Any) -> dict[str, Any]:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "items.csv"
            write_rows(path, rows)
            rate = round(rows / seconds(path))
        with connection.cursor() as cursor:
            cursor.execute("VACUUM attributes_item")  # what was rolled back still lies there
        return {"bench": "import", "value": rate, "unit": "items/s", "goal": GOAL, "ok": rate >= GOAL}


def seconds(path: Path) -> float:
    """How long the import takes, with every check that its commit makes; then it is rolled back."""
    columns = imports.default_map(COLUMNS, group="channel", time="published_at")
    with transaction.atomic():
        corpus = corpora.get_or_create(slug=f"bench-{secrets.token_hex(4)}")
        started = time.perf_counter()
        imports.import_items(corpus=corpus, path=path, columns=columns)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        taken = time.perf_counter() - started
        transaction.set_rollback(True)
    return taken


def write_rows(path: Path, rows: int) -> None:
    """Titles of 6 words and texts of 20 out of a vocabulary of 20,000."""
    rng = random.Random(1)  # noqa: S311  # nothing secret: the same file each time
    vocabulary = [f"word{i}" for i in range(20_000)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for i in range(rows):
            words = rng.choices(vocabulary, k=26)
            when = f"2025-{rng.randrange(1, 13):02}-{rng.randrange(1, 28):02}T10:00:00"
            channel = f"channel{rng.randrange(5_000)}"
            writer.writerow([f"v{i:07}", " ".join(words[:6]), " ".join(words[6:]), "en", channel, when])
