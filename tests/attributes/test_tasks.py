from pathlib import Path
from typing import Any

import pytest
from celery import current_app

from attributes import tasks
from attributes.domain import imports, jobs, uploads
from attributes.models import Corpus, Item, ItemEmbedding, ItemSearch, Job, Upload
from labelhub.accounts.models import User
from tests import factories

Sent = list[tuple[str, list[int]]]


@pytest.fixture
def bell(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """The messages that would go to the broker."""
    sent: Sent = []
    monkeypatch.setattr(current_app, "send_task", lambda name, args: sent.append((name, args)))
    return sent


def job(corpus: Corpus, kind: Job.Kind = Job.Kind.EMBED) -> Job:
    return jobs.enqueue(corpus=corpus, kind=kind, params={}, dedupe="")


def test_ringing_waits_for_the_commit(corpus: Corpus, bell: Sent, django_capture_on_commit_callbacks: Any) -> None:
    waiting = job(corpus)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.ring(waiting)
        assert bell == []
    assert bell == [("jobs.embed", [waiting.pk])]


def test_a_broker_that_is_down_fails_nothing(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def down(name: str, args: list[int]) -> None:
        raise ConnectionError("broker")

    monkeypatch.setattr(current_app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.ring(job(corpus))
    assert list(jobs.waiting()) == [Job.objects.get()]


def test_every_kind_of_job_has_its_task() -> None:
    """Whichever app it belongs to: a kind without a task would wait for ever."""
    current_app.loader.import_default_modules()
    assert {tasks.task_name(kind) for kind in Job.Kind} <= set(current_app.tasks)


def test_the_sweep_is_on_the_schedule(settings: Any) -> None:
    current_app.loader.import_default_modules()
    entry = settings.CELERY_BEAT_SCHEDULE["jobs"]
    assert entry["task"] in current_app.tasks
    assert entry["schedule"] == 30.0


def test_the_sweep_rings_for_what_waits_and_what_lost_its_worker(corpus: Corpus, bell: Sent, data_folder: Path) -> None:
    waiting = job(corpus)
    silent = job(corpus, Job.Kind.TRAIN_STUDENT)
    working = job(corpus, Job.Kind.SCORE_CORPUS)
    lost = job(corpus, Job.Kind.INDEX_ITEMS)
    leased = {"state": "leased", "attempts": 1}
    Job.objects.filter(pk=silent.pk).update(**leased, lease_until="2020-01-01T00:00Z")
    Job.objects.filter(pk=working.pk).update(**leased, lease_until="2999-01-01T00:00Z")
    Job.objects.filter(pk=lost.pk).update(state="leased", attempts=3, lease_until="2020-01-01T00:00Z")
    tasks.sweep_jobs()
    assert bell == [("jobs.embed", [waiting.pk]), ("jobs.train_student", [silent.pk])]
    lost.refresh_from_db()
    assert (lost.state, lost.failure_code) == ("failed", "worker_lost")


def test_an_import_rings_for_what_follows_and_clears_up(
    corpus: Corpus, editor: User, bell: Sent, data_folder: Path, django_capture_on_commit_callbacks: Any
) -> None:
    content = b"id,title\na,Rain\n"
    upload = uploads.receive(corpus=corpus, actor=editor, name="a.csv", size=len(content), chunks=[content])
    columns = imports.ColumnMap(id="id", title="title")
    started = uploads.start_import(upload=upload, columns=columns, actor=editor)
    with django_capture_on_commit_callbacks(execute=True):
        tasks.import_corpus(started.pk)
    assert Item.objects.get().title == "Rain"
    assert bell == [("jobs.embed", [Job.objects.get(kind=Job.Kind.EMBED).pk])]
    assert not Upload.objects.exists()
    tasks.import_corpus(started.pk)
    assert Job.objects.filter(kind=Job.Kind.IMPORT_CORPUS).get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_indexing_and_embedding_as_jobs(corpus: Corpus) -> None:
    factories.items(corpus, 3)
    index, embed = job(corpus, Job.Kind.INDEX_ITEMS), job(corpus)
    tasks.index_items(index.pk)
    tasks.embed(embed.pk)
    index.refresh_from_db()
    embed.refresh_from_db()
    assert (index.result, index.done, index.total) == ({"indexed": 3}, 3, 3)
    assert embed.result is not None
    assert (embed.result["encoder"], embed.result["embedded"]) == ("minilm-l6-v2@1", 3)
    assert (ItemSearch.objects.count(), ItemEmbedding.objects.count()) == (3, 3)
