"""Background jobs: asked for once, worked under a lease, with progress that pages can show."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from django.db import connection, models, transaction
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib import leases
from labelhub.lib.errors import BadInput, Refused

from ..models import Corpus, Job
from . import audit

LEASE_SECONDS = 120
BEAT_SECONDS = 1.0
OPEN = (Job.State.QUEUED, Job.State.LEASED)
Progress = Callable[[int, int | None], None]
Work = Callable[[Job, Progress], dict[str, Any]]
log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """The job was cancelled, or another worker holds it now: stop, write nothing more."""


@transaction.atomic
def enqueue(
    *, corpus: Corpus, kind: Job.Kind, params: dict[str, Any], dedupe: str, created_by: User | None = None
) -> Job:
    """Ask for work; the same work asked for while it is under way is the same job."""
    key = f"{corpus.pk}:{kind}:{dedupe}"[:120]
    while True:
        active = Job.objects.filter(dedupe_key=key, state__in=OPEN).first()
        if active:
            return active
        # Two who ask at once: the constraint lets one row in, and the other asker finds it, unless it has ended since.
        Job.objects.bulk_create(
            [Job(corpus=corpus, kind=kind, params=params, dedupe_key=key, created_by=created_by)], ignore_conflicts=True
        )


def run(job_id: int, work: Work) -> bool:
    """Lease the job and do its work; True when it ended here, well or badly.

    `work(job, progress)` returns the result to store. What it raises as `BadInput` or `Refused` ends the job with that
    message. Any other exception is raised on, after the job was given back for another attempt; the last attempt ends
    it. False when the job is done, cancelled or somebody else's.

    Lease and progress are written once a second by a thread with a connection of its own: work in one long transaction
    shows its progress too, and a step that cannot report is not taken for dead.
    """
    claimed = leases.claim(Job.objects.filter(pk=job_id), seconds=LEASE_SECONDS)
    if not claimed:
        return False
    job = claimed[0]
    try:
        with _Keeper(job) as keeper:
            result = work(job, keeper.progress)
    except (BadInput, Refused) as error:
        return _end(job, state=Job.State.FAILED, failure_code=type(error).__name__, error=str(error))
    except LeaseLost:
        log.info("job %s was cancelled or taken over: stopped", job.uid)
        return False
    except Exception as error:
        _crashed(job, error)
        raise
    return _end(job, done=keeper.done, total=keeper.total, result=result)


def _end(job: Job, **values: Any) -> bool:
    return leases.finish(job, finished_at=Now(), **values)


def _crashed(job: Job, error: Exception) -> None:
    if job.attempts >= leases.MAX_ATTEMPTS:
        message = f"stopped by an unexpected fault ({type(error).__name__}); the server's log has the details"
        _end(job, state=Job.State.FAILED, failure_code="crashed", error=message)
    else:
        Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(
            state=Job.State.QUEUED, lease_until=None, lease_token=None
        )


class _Keeper:
    """Keeps the lease and writes the progress while the block runs."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.done = job.done
        self.total = job.total
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"job-{job.pk}", daemon=True)

    def progress(self, done: int, total: int | None) -> None:
        """Note how far the work is. Raises `LeaseLost` when it must stop."""
        self.done, self.total = done, total
        if self._lost.is_set():
            raise LeaseLost(self.job.pk)

    def _beat(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS) and not self._lost.is_set():
                if not leases.renew(self.job, seconds=LEASE_SECONDS):
                    self._lost.set()
                Job.objects.filter(pk=self.job.pk, lease_token=self.job.lease_token).update(
                    done=self.done, total=self.total
                )
        finally:
            connection.close()

    def __enter__(self) -> _Keeper:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()


@transaction.atomic
def cancel(*, job: Job, actor: User) -> None:
    """Stop a job: a waiting one never starts, a running one ends at its next step and stores nothing more."""
    stopped = Job.objects.filter(pk=job.pk, state__in=OPEN).update(
        state=Job.State.CANCELLED, lease_until=None, lease_token=None, finished_at=Now()
    )
    if not stopped:
        raise Refused("this job has ended already")
    audit.record(actor=actor, corpus=job.corpus, verb="job_cancelled", target=job, kind=job.kind)


def waiting(limit: int = 100) -> models.QuerySet[Job]:
    """Jobs that nobody works: never started, or their worker went silent. Oldest first."""
    return Job.objects.filter(leases.claimable()).order_by("pk")[:limit]


def queued_in(corpus: Corpus) -> models.QuerySet[Job]:
    """The corpus's jobs that wait for their first worker."""
    return Job.objects.filter(corpus=corpus, state=Job.State.QUEUED).order_by("pk")


def set_aside_lost() -> int:
    """End the jobs that lost their worker at every attempt; returns how many."""
    return leases.set_aside_exhausted(Job.objects.all())


def get(corpus: Corpus, uid: uuid.UUID) -> Job | None:
    return Job.objects.filter(corpus=corpus, uid=uid).select_related("created_by").first()
