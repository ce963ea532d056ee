"""What workers do: ids in, one domain call. Rows hold the work; a lost message is rung again by `sweep`."""

from __future__ import annotations

import logging
import mmap

from celery import Task, shared_task
from celery.signals import worker_shutting_down
from django.db import transaction

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


def ring(task: Task[[int], None], pk: int) -> None:
    """Enqueue the row's task once the row is committed. A broker that is down is logged, and a sweep rings later."""

    def send() -> None:  # a function with a name: Django names it in the log when it fails
        task.delay(pk)

    transaction.on_commit(send, robust=True)


@shared_task
def work_run(run_id: int) -> None:
    run = Run.objects.select_related("annotator", "corpus").filter(pk=run_id).first()
    if run is None:
        logger.warning("run %s is gone", run_id)
        return
    work(run, stopping)


train_student = job_task(Job.Kind.TRAIN_STUDENT)(jobs.train_student)
score_corpus = job_task(Job.Kind.SCORE_CORPUS)(jobs.score_corpus)


@shared_task
def sweep() -> None:
    """Ring again for runs that wait while nobody is at work on them; `attributes.tasks` does so for the jobs."""
    for run_id in queries.claimable().values_list("pk", flat=True):
        work_run.delay(run_id)
