import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from attributes.domain import jobs
from attributes.domain.jobs import Progress
from attributes.models import AuditEvent, Corpus, Job
from labelhub.accounts.models import User
from labelhub.lib import leases
from labelhub.lib.errors import BadInput, Refused

Enqueue = Callable[[], Job]


@pytest.fixture
def enqueue(corpus: Corpus) -> Enqueue:
    return lambda: jobs.enqueue(corpus=corpus, kind=Job.Kind.EMBED, params={"a": 1}, dedupe="x")


def test_the_same_work_is_one_job_while_it_is_under_way(corpus: Corpus, enqueue: Enqueue) -> None:
    job = enqueue()
    assert enqueue() == job
    other = jobs.enqueue(corpus=corpus, kind=Job.Kind.EMBED, params={}, dedupe="y")
    assert other != job
    jobs.run(job.pk, lambda job, progress: {})
    assert enqueue() != job


def test_work_is_done_once_and_its_result_kept(enqueue: Enqueue) -> None:
    job = enqueue()

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        progress(3, 5)
        return {"answer": 42, "params": job.params}

    assert jobs.run(job.pk, work) is True
    assert jobs.run(job.pk, work) is False
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.attempts) == ("done", 3, 5, 1)
    assert job.result == {"answer": 42, "params": {"a": 1}}
    assert job.finished_at is not None
    assert job.lease_token is None


@pytest.mark.parametrize("error", [BadInput("row 3: bad"), Refused("frozen")])
def test_a_no_of_the_product_ends_the_job_with_its_words(enqueue: Enqueue, error: Exception) -> None:
    job = enqueue()

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        raise error

    assert jobs.run(job.pk, work) is True
    job.refresh_from_db()
    assert (job.state, job.failure_code, job.error) == ("failed", type(error).__name__, str(error))


def test_a_fault_is_tried_again_and_then_given_up(enqueue: Enqueue) -> None:
    job = enqueue()

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        raise ZeroDivisionError

    for _ in range(leases.MAX_ATTEMPTS - 1):
        with pytest.raises(ZeroDivisionError):
            jobs.run(job.pk, work)
        job.refresh_from_db()
        assert job.state == "queued"
        assert list(jobs.waiting()) == [job]
    with pytest.raises(ZeroDivisionError):
        jobs.run(job.pk, work)
    job.refresh_from_db()
    assert (job.state, job.failure_code) == ("failed", "crashed")
    assert "ZeroDivisionError" in job.error
    assert list(jobs.waiting()) == []


@pytest.mark.django_db(transaction=True)
def test_progress_of_one_long_transaction_is_seen_from_outside(
    enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.05)
    job = enqueue()
    seen: list[Job] = []

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        with transaction.atomic():
            progress(7, None)
            time.sleep(0.3)
            seen.append(Job.objects.get(pk=job.pk))
        return {}

    jobs.run(job.pk, work)
    assert (seen[0].done, seen[0].total, seen[0].state) == (7, None, "leased")
    assert seen[0].heartbeat_at is not None
    job.refresh_from_db()
    assert job.heartbeat_at is not None
    assert job.state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_cancelled_job_stops_at_its_next_step(enqueue: Enqueue, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BEAT_SECONDS", 0.02)
    job = enqueue()
    steps: list[int] = []

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        for step in range(200):
            progress(step, 200)
            steps.append(step)
            if step == 3:
                jobs.cancel(job=job, actor=owner)
            time.sleep(0.02)
        return {"finished": True}

    assert jobs.run(job.pk, work) is False
    job.refresh_from_db()
    assert (job.state, job.result) == ("cancelled", None)
    assert len(steps) < 200
    assert AuditEvent.objects.get(verb="job_cancelled").actor == owner
    with pytest.raises(Refused, match="has ended already"):
        jobs.cancel(job=job, actor=owner)


def test_a_worker_whose_lease_went_to_another_cannot_write(enqueue: Enqueue) -> None:
    job = enqueue()

    def work(job: Job, progress: Progress) -> dict[str, Any]:
        Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00Z")
        assert leases.claim(Job.objects.filter(pk=job.pk), seconds=60)
        return {"zombie": True}

    assert jobs.run(job.pk, work) is False
    job.refresh_from_db()
    assert (job.state, job.result) == ("leased", None)


def test_a_job_that_loses_every_worker_is_set_aside(enqueue: Enqueue) -> None:
    job = enqueue()
    for _ in range(leases.MAX_ATTEMPTS):
        assert leases.claim(Job.objects.all(), seconds=60) == [job]
        Job.objects.update(lease_until="2020-01-01T00:00Z")
    assert jobs.set_aside_lost() == 1
    job.refresh_from_db()
    assert (job.state, job.failure_code) == ("failed", "worker_lost")


def test_jobs_are_found_in_their_corpus_only(corpus: Corpus, enqueue: Enqueue) -> None:
    job = enqueue()
    other = Corpus.objects.create(slug="other", name="Other")
    assert jobs.get(corpus, job.uid) == job
    assert jobs.get(other, job.uid) is None
    assert list(jobs.queued_in(corpus)) == [job]
