"""What workers do: ids in, one domain call. Rows hold the work; a lost message is rung again by `sweep`.

Training and scoring are jobs, which `attributes.tasks` rings and sweeps.
"""

from __future__ import annotations

import logging
import mmap
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down
from django.db import transaction

from attributes.domain.jobs import Progress
from attributes.models import Job
from attributes.tasks import job_task

from .domain import jobs
from .domain.work import work
from .models import Run
from .queries import runs as queries

logger = logging.getLogger(__name__)

# One byte that the pool's children share with the main process, which alone hears of the shutdown.
_shutting_down = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def _note_shutdown(**kwargs: object) -> None:
    _shutting_down[0] = 1


def stopping() -> bool:
    """Whether this worker is asked to end: what is under way is finished, the rest goes back to the queue."""
    return bool(_shutting_down[0])


def ring(run: Run) -> None:
    """Call a worker once the present transaction is committed. A broker that is down is logged; `sweep` rings later."""
    run_id = run.pk

    def send() -> None:
        work_run.delay(run_id)

    transaction.on_commit(send, robust=True)


@shared_task
def work_run(run_id: int) -> None:
    run = Run.objects.select_related("annotator", "corpus").filter(pk=run_id).first()
    if run is None:
        logger.warning("run %s is gone", run_id)
        return
    work(run, stopping)


@shared_task
def sweep() -> None:
    """Ring for the runs in which items wait and nobody is at work."""
    for run_id in queries.claimable().values_list("pk", flat=True):
        work_run.delay(run_id)


@job_task(Job.Kind.TRAIN_STUDENT)
def train_student(job: Job, progress: Progress) -> dict[str, Any]:
    return jobs.train_student(job, progress)


@job_task(Job.Kind.SCORE_CORPUS)
def score_corpus(job: Job, progress: Progress) -> dict[str, Any]:
    return jobs.score_corpus(job, progress)
