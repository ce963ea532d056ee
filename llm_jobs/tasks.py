"""What workers do: ids in, one domain call. Rows hold the work; a lost message is rung again by `sweep`."""

from __future__ import annotations

import logging
import mmap
from functools import partial

from celery import Task, shared_task
from celery.signals import worker_shutting_down
from django.db import transaction

from attributes.domain import jobs as job_rows
from attributes.models import Job

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


def ring(task: Task[[int], None], pk: int) -> None:
    """Enqueue the row's task once the row is committed. A broker that is down is logged, and `sweep` rings later."""
    transaction.on_commit(partial(task.delay, pk), robust=True)


@shared_task
def work_run(run_id: int) -> None:
    run = Run.objects.select_related("annotator", "corpus").filter(pk=run_id).first()
    if run is None:
        logger.warning("run %s is gone", run_id)
        return
    work(run, stopping)


@shared_task
def train_student(job_id: int) -> None:
    job_rows.run(job_id, jobs.train_student)


@shared_task
def score_corpus(job_id: int) -> None:
    job_rows.run(job_id, jobs.score_corpus)


@shared_task
def sweep() -> None:
    """Ring again for runs and jobs that wait while nobody is at work on them."""
    for run_id in queries.claimable().values_list("pk", flat=True):
        work_run.delay(run_id)
    by_kind = {Job.Kind.TRAIN_STUDENT: train_student, Job.Kind.SCORE_CORPUS: score_corpus}
    for job_id, kind in jobs.waiting(by_kind):
        by_kind[Job.Kind(kind)].delay(job_id)
