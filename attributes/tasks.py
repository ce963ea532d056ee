"""Celery tasks of jobs. A message is a doorbell: it names a row, and the row's lease decides who works it.

An app whose jobs are of a kind of its own declares in its `tasks` module

    @job_task(Job.Kind.TRAIN_STUDENT)
    def train(job: Job, progress: Progress) -> dict[str, Any]: ...

The task's name follows from the kind, so `ring` and the sweep reach it without importing that app.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import Task, current_app, shared_task
from django.db import transaction

from .domain import embeddings, jobs, search, uploads
from .models import Job


def task_name(kind: str) -> str:
    return f"jobs.{kind}"


def job_task(
    kind: Job.Kind, *, afterwards: Callable[[], object] = lambda: None
) -> Callable[[jobs.Work], Task[[int], None]]:
    """Make the work of a kind of jobs a Celery task that takes the job's id; `afterwards` runs once it has ended."""

    def decorate(work: jobs.Work) -> Task[[int], None]:
        @shared_task(name=task_name(kind))
        @wraps(work)
        def run_job(job_id: int) -> None:
            if jobs.run(job_id, work):
                afterwards()

        return run_job

    return decorate


def ring(job: Job) -> None:
    """Call a worker once the present transaction is committed. A bell that nobody hears is rung again by the sweep."""
    kind, job_id = job.kind, job.pk

    def send() -> None:  # a function with a name: Django names it in the log when it fails
        _send(kind, job_id)

    transaction.on_commit(send, robust=True)


def _send(kind: str, job_id: int) -> None:
    current_app.send_task(task_name(kind), [job_id])


@shared_task
def sweep_jobs() -> None:
    """Ring for the jobs that wait and for those whose worker went silent; clear away uploads nobody needs."""
    jobs.set_aside_lost()
    uploads.clear()
    for job in jobs.waiting():
        _send(job.kind, job.pk)


@job_task(Job.Kind.IMPORT_CORPUS, afterwards=uploads.clear)
def import_corpus(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    result = uploads.import_upload(job, progress)
    for follow_up in jobs.queued_in(job.corpus):
        ring(follow_up)
    return result


@job_task(Job.Kind.INDEX_ITEMS)
def index_items(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    return {"indexed": search.index(corpus=job.corpus, on_progress=progress)}


@job_task(Job.Kind.EMBED)
def embed(job: Job, progress: jobs.Progress) -> dict[str, Any]:
    result = embeddings.embed(corpus=job.corpus, on_progress=progress)
    return {"encoder": result.encoder, "embedded": result.embedded, "seconds": round(result.seconds, 1)}
