"""Statements that run for every answer keep to their keys, also where statistics are older than the set."""

from __future__ import annotations

import pytest
from django.db import connection

from attributes.models import Corpus
from labelhub.demo.load import seeding
from raters.domain import assignments
from raters.models import RatingItem
from raters.queries import screen

OLD, NEW = 20, 4000


@pytest.fixture
def corpus(db: None) -> Corpus:
    return seeding.make_corpus("plans", NEW)


def buffers(statement: str) -> int:
    """Pages that one execution touches."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE {statement}")
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"]) + int(plan["Shared Read Blocks"])


def prepare(name: str, statement: str, *values: str) -> None:
    for place, value in enumerate(values, start=1):
        statement = statement.replace(f"%({value})s", f"${place}")
    with connection.cursor() as cursor:
        cursor.execute(f"PREPARE {name} AS {statement}")


def test_a_new_set_after_a_small_one_is_not_walked_through(corpus: Corpus) -> None:
    (rater,) = seeding.make_raters(corpus, 1)
    first = seeding.make_set(corpus, size=OLD, overlap=1)
    assignments.claim_line(rater=rater, rating_set=first)
    second = seeding.make_set(corpus, size=NEW, overlap=1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # knows of claims on the first set only
    line = assignments.claim_line(rater=rater, rating_set=second)
    assert RatingItem.objects.count() == OLD + NEW
    prepare("claims", screen.CLAIMS_SQL, "ids")
    prepare("line", assignments.LINE_SQL, "rater", "rating_set")
    ids = ",".join(str(claim.assignment_id) for claim in line.claims)
    assert buffers(f"claims('{{{ids}}}')") < 60
    assert buffers(f"line({rater.pk}, {second.pk})") < 60
