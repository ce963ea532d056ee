"""Leases, tried on jobs: a model that uses them as it is."""

import threading

import pytest
from django.db import connection

from attributes.models import Corpus, Job
from labelhub.lib import leases

PAST = "2020-01-01T00:00Z"


@pytest.fixture
def rows(corpus: Corpus) -> list[Job]:
    return [Job.objects.create(corpus=corpus, kind=Job.Kind.EMBED, dedupe_key=str(i)) for i in range(3)]


def fresh(row: Job) -> Job:
    return Job.objects.get(pk=row.pk)


def test_claiming_takes_the_rows_that_wait(rows: list[Job]) -> None:
    first = leases.claim(Job.objects.order_by("pk"), seconds=60, limit=2)
    assert first == rows[:2]
    assert {(row.state, row.attempts) for row in first} == {("leased", 1)}
    assert first[0].lease_token is not None
    assert leases.claim(Job.objects.all(), seconds=60, limit=9) == rows[2:]
    assert leases.claim(Job.objects.all(), seconds=60) == []


def test_an_expired_lease_is_claimable_until_the_attempts_are_used_up(rows: list[Job]) -> None:
    mine = Job.objects.filter(pk=rows[0].pk)
    for attempt in range(1, leases.MAX_ATTEMPTS + 1):
        assert leases.claim(mine, seconds=60)[0].attempts == attempt
        assert leases.claim(mine, seconds=60) == []
        mine.update(lease_until=PAST)
    assert leases.claim(mine, seconds=60) == []
    assert leases.set_aside_exhausted(Job.objects.all()) == 1
    assert (fresh(rows[0]).state, fresh(rows[0]).failure_code) == ("failed", "worker_lost")
    assert fresh(rows[1]).state == "queued"


def test_only_the_holder_writes(rows: list[Job]) -> None:
    mine = Job.objects.filter(pk=rows[0].pk)
    zombie = leases.claim(mine, seconds=60)[0]
    mine.update(lease_until=PAST)
    holder = leases.claim(mine, seconds=60)[0]
    assert leases.renew(zombie, seconds=60) is False
    assert leases.give_back(zombie) is False
    assert leases.finish(zombie, result={"by": "zombie"}) is False
    assert leases.renew(holder, seconds=60) is True
    assert leases.finish(holder, result={"by": "holder"}) is True
    assert (fresh(rows[0]).state, fresh(rows[0]).result) == ("done", {"by": "holder"})
    assert leases.finish(holder, result={"by": "twice"}) is False


def test_renewing_prolongs(rows: list[Job]) -> None:
    row = leases.claim(Job.objects.filter(pk=rows[0].pk), seconds=1)[0]
    before = row.lease_until
    leases.renew(row, seconds=600)
    after = fresh(row).lease_until
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() > 500


def test_giving_back_costs_no_attempt(rows: list[Job]) -> None:
    row = leases.claim(Job.objects.filter(pk=rows[0].pk), seconds=60)[0]
    assert leases.give_back(row) is True
    assert (fresh(row).state, fresh(row).attempts, fresh(row).lease_token) == ("queued", 0, None)


def test_a_failure_keeps_its_code(rows: list[Job]) -> None:
    row = leases.claim(Job.objects.filter(pk=rows[0].pk), seconds=60)[0]
    leases.finish(row, state=Job.State.FAILED, failure_code="bad_input", error="row 3")
    assert (fresh(row).state, fresh(row).failure_code, fresh(row).error) == ("failed", "bad_input", "row 3")


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_get_different_rows(corpus: Corpus) -> None:
    for i in range(8):
        Job.objects.create(corpus=corpus, kind=Job.Kind.EMBED, dedupe_key=f"race {i}")
    together = threading.Barrier(4)
    claimed: list[int] = []

    def work() -> None:
        try:
            together.wait()
            claimed.extend(row.pk for row in leases.claim(Job.objects.all(), seconds=60, limit=2))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed))
    assert Job.objects.filter(state="leased").count() == len(claimed)
