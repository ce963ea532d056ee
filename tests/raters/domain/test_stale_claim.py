"""An answer that waits for its item learns what became of its claim meanwhile."""

from __future__ import annotations

import threading
import uuid

import pytest
from django.db import connection, transaction

from attributes.domain import corpora
from raters.domain import assignments, ratings
from raters.domain.ratings import Answer
from raters.models import Assignment, RatingItem
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_claim_given_back_while_its_answer_waits_frees_the_slot_once() -> None:
    corpus = corpora.get_or_create(slug="clips")
    factories.items(corpus, 1)
    (rater,) = factories.raters(corpus, 1)
    opened = factories.rating_set(factories.definition(corpus), size=1, overlap=3)
    claimed = assignments.claim_next(rater=rater, rating_set=opened)
    assert claimed is not None
    failed: list[Exception] = []

    def answer() -> None:
        try:
            key = uuid.uuid4()
            ratings.submit(rater=rater, assignment_uid=claimed.uid, submission_key=key, answer=Answer(level="yes"))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    with transaction.atomic():  # as the sweep of expired claims does: the item, then the claim
        assert assignments.give_back(Assignment.objects.filter(pk=claimed.pk)) == 1
        thread = threading.Thread(target=answer)
        thread.start()
        _wait_until_blocked()
    thread.join(10)
    assert failed == []
    assert RatingItem.objects.values_list("counted", "claimed").get() == (1, 0)


def _wait_until_blocked() -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            row = cursor.fetchone()
        if row and row[0]:
            return
        threading.Event().wait(0.02)
    raise AssertionError("the answer did not wait")
