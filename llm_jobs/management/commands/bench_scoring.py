"""How fast a corpus is scored, from embeddings to indexed, attached scores."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from attributes.domain import corpora, definitions, embeddings, vectors
from attributes.models import Corpus, Definition, Encoder, Item
from attributes.schema import parse_spec
from labelhub.lib.copy import raw_cursor
from llm_jobs.domain import scores, students
from llm_jobs.models import SilverItem, SilverSet, Student

GOAL_SECONDS = 30
DIMS = 384
ATTRIBUTES = 3
CHUNK = 50_000
SILVER = 1_000
ITEMS = """
INSERT INTO attributes_item (corpus_id, external_id, kind, title, text, language, metadata, group_key, content_hash)
SELECT %s, 'b' || i, 'single', '', '', '', '{}', '', encode(sha256(i::text::bytea), 'hex') 
FROM generate_series(1, %s) i"""
EMBEDDINGS = "COPY attributes_itemembedding (encoder_id, item_id, vector, content_hash) FROM STDIN (FORMAT binary)"


class Command(BaseCommand):
    help = "Score random items in a database of its own, which is dropped afterwards; one JSON line."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--items", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        with throwaway_database():
            corpus, published = make_corpus(options["items"])
            encoder = make_vectors(corpus)
            student = make_student(corpus, published, encoder)
            try:
                started = time.perf_counter()
                done = scores.score_corpus(student=student, definitions=published)
                seconds = time.perf_counter() - started
            finally:
                shutil.rmtree(students.folder_of(student))
        line = {
            "bench": "scoring",
            "value": round(seconds, 2),
            "unit": "s",
            "goal": GOAL_SECONDS,
            "ok": seconds < GOAL_SECONDS and done.n_items == options["items"],
            "items": done.n_items,
        }
        self.stdout.write(json.dumps(line))


@contextmanager
def throwaway_database() -> Iterator[None]:
    """A new database beside ours, with the tables migrated."""
    ours = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.creation.destroy_test_db(ours, verbosity=0)


def make_corpus(n: int) -> tuple[Corpus, list[Definition]]:
    corpus = corpora.get_or_create(slug="bench")
    with raw_cursor() as cursor:
        cursor.execute(ITEMS, [corpus.pk, n])
        cursor.execute("ANALYZE attributes_item")
    specs = [parse_spec({"attribute": f"a{k}", "question": "Is it?"}) for k in range(ATTRIBUTES)]
    return corpus, [definitions.import_definition(corpus=corpus, spec=spec)[0] for spec in specs]


def make_vectors(corpus: Corpus) -> Encoder:
    """Random unit vectors for every item, by binary COPY."""
    encoder = Encoder.objects.create(name="bench", version="1", modality="text", dims=DIMS, params_hash="0" * 64)
    embeddings.add_partition(encoder)
    rng = np.random.default_rng(0)
    rows = list(Item.objects.filter(corpus=corpus).order_by("pk").values_list("pk", "content_hash"))
    with raw_cursor() as cursor:
        with cursor.copy(EMBEDDINGS) as copy:
            copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
            for start in range(0, len(rows), CHUNK):
                copy.write(encoded(encoder, rows[start : start + CHUNK], rng))
            copy.write(b"\xff\xff")
        cursor.execute("ANALYZE attributes_itemembedding")
    return encoder


def encoded(encoder: Encoder, chunk: list[tuple[int, str]], rng: np.random.Generator) -> bytes:
    row = np.dtype(
        [
            ("fields", ">i2"), ("encoder_length", ">i4"), ("encoder", ">i8"), ("item_length", ">i4"), ("item", ">i8"),
            ("vector_length", ">i4"), ("dims", ">i2"), ("unused", ">i2"), ("vector", ">f2", (DIMS,)),
            ("hash_length", ">i4"), ("hash", "S64"),
        ]
    )  # fmt: skip
    rows = np.zeros(len(chunk), dtype=row)
    constants = {
        "fields": 4, "encoder_length": 8, "encoder": encoder.pk, "item_length": 8,
        "vector_length": 4 + 2 * DIMS, "dims": DIMS, "hash_length": 64,
    }  # fmt: skip
    for name, value in constants.items():
        rows[name] = value
    drawn = rng.standard_normal((len(chunk), DIMS), dtype=np.float32)
    rows["vector"] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    rows["item"] = [pk for pk, _ in chunk]
    rows["hash"] = [sha.encode() for _, sha in chunk]
    return rows.tobytes()


def make_student(corpus: Corpus, published: list[Definition], encoder: Encoder) -> Student:
    """A student of the usual shape, trained on a thousand labels that the vectors' first numbers decide."""
    silver = SilverSet.objects.create(corpus=corpus, spec={"teachers": []}, hash="bench")
    ids = list(Item.objects.filter(corpus=corpus).order_by("pk").values_list("pk", flat=True)[:SILVER])
    x = vectors.of_all(ids, encoder)
    splits = (SilverItem.Split.TRAIN, SilverItem.Split.TRAIN, SilverItem.Split.VALIDATION, SilverItem.Split.HELD_OUT)
    SilverItem.objects.bulk_create(
        SilverItem(
            silver_set=silver,
            definition=definition,
            item_id=item,
            p=[0.1, 0.9] if x[i, k] > 0 else [0.9, 0.1],
            split=splits[i % len(splits)],
        )
        for k, definition in enumerate(published)
        for i, item in enumerate(ids)
    )
    return students.train(silver=silver, definitions=published, encoder=encoder)
