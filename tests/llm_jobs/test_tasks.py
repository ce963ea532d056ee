"""Tasks: ids in, idempotent, and a sweep that rings for what waits."""

from __future__ import annotations

import pytest

from attributes.models import Corpus, Job
from attributes.tasks import task_name
from labelhub.celery import app
from labelhub.lib.locks import try_lock
from llm_jobs import tasks
from llm_jobs.domain import runs
from llm_jobs.models import Run
from llm_jobs.queries import runs as queries
from tests import factories
from tests.llm_jobs.domain.test_claude_runs import TEXT_ONLY, paid_run
from tests.stubs.anthropic_stub import AnthropicStub


@pytest.fixture
def run(corpus: Corpus, api: AnthropicStub) -> Run:
    factories.items(corpus, 3)
    return paid_run(corpus, factories.definition(corpus, inputs=TEXT_ONLY))


def test_a_run_is_worked_and_working_it_again_changes_nothing(run: Run, api: AnthropicStub) -> None:
    for _ in range(2):
        tasks.work_run(run.pk)
    run.refresh_from_db()
    assert (run.state, queries.counts(run), len(api.requests)) == (Run.State.DONE, {"done": 3}, 3)


def test_a_run_that_is_gone_is_no_error(db: None, caplog: pytest.LogCaptureFixture) -> None:
    tasks.work_run(404)
    assert "run 404 is gone" in caplog.text


def test_a_paused_run_is_left_alone(run: Run, api: AnthropicStub) -> None:
    runs.pause(run=run)
    tasks.work_run(run.pk)
    assert api.requests == []


def test_the_sweep_rings_for_what_waits(run: Run) -> None:
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("celery")
        queue.clear()
        tasks.sweep()
        message = queue.get(timeout=5)
        rung = (message.headers["task"], message.payload[0])
        message.ack()
        queue.close()
    assert rung == ("llm_jobs.tasks.work_run", [run.pk])


def test_the_jobs_of_students_have_their_tasks() -> None:
    assert {task_name(kind) for kind in (Job.Kind.TRAIN_STUDENT, Job.Kind.SCORE_CORPUS)} <= set(app.tasks)


def test_a_broker_that_is_down_does_not_lose_the_work(
    run: Run, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        tasks.ring(run)
    assert list(queries.claimable()) == [run]


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_held_by_one_connection_and_released(run: Run) -> None:
    with try_lock("a") as first, try_lock("b") as other:
        assert (first, other) == (True, True)
    with try_lock("a") as again:
        assert again


def test_the_scheduler_knows_the_sweep() -> None:
    assert {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}[tasks.sweep.name] == 30.0
