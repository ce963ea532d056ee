"""Background jobs: asked for once, worked under a lease, with progress that pages can show."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib import leases
from labelhub.lib.errors import BadInput, Refused

from ..models import Corpus, Job

LEASE_SECONDS = 120
Work = Callable[[Job, Callable[[int, int], None]], dict[str, Any]]


class LeaseLost(Exception):
    """Another worker holds the job now: stop, write nothing more."""


@transaction.atomic
def enqueue(
    *, corpus: Corpus, kind: Job.Kind, params: dict[str, Any], dedupe: str, created_by: User | None = None
) -> Job:
    """Ask for work; the same work asked for while it is under way is the same job."""
    key = f"{corpus.pk}:{kind}:{dedupe}"[:120]
    active = Job.objects.filter(dedupe_key=key, state__in=[Job.State.QUEUED, Job.State.LEASED]).first()
    if active:
        return active
    return Job.objects.create(corpus=corpus, kind=kind, params=params, dedupe_key=key, created_by=created_by)


def run(job_id: int, work: Work) -> bool:
    """Lease the job and do its work; False when it is done, cancelled or somebody else's.

    `work(job, progress)` returns the result to store. What it raises as `BadInput` or `Refused` ends the job with that
    message; any other exception leaves the lease to expire, so that the sweep tries again, and is raised on.
    """
    claimed = leases.claim(Job.objects.filter(pk=job_id), seconds=LEASE_SECONDS)
    if not claimed:
        return False
    job = claimed[0]

    def progress(done: int, total: int) -> None:
        if not leases.renew(job, seconds=LEASE_SECONDS):
            raise LeaseLost(job.pk)
        Job.objects.filter(pk=job.pk).update(done=done, total=total)

    try:
        result = work(job, progress)
    except (BadInput, Refused) as error:
        leases.finish(
            job, state=Job.State.FAILED, failure_code=type(error).__name__, error=str(error), finished_at=Now()
        )
        return True
    leases.finish(job, result=result, finished_at=Now())
    return True


def get(corpus: Corpus, uid: uuid.UUID) -> Job | None:
    return Job.objects.filter(corpus=corpus, uid=uid).first()
