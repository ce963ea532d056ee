"""One entry for whoever works a run: a Celery worker or a command in the foreground."""

from __future__ import annotations

from collections.abc import Callable

from labelhub.lib.errors import BadInput
from labelhub.lib.locks import try_lock

from ..models import Annotator, Run
from . import claude_runs, local_runs, runs

BACKENDS: dict[str, Callable[[Run, runs.Stop], None]] = {
    Annotator.Backend.LOCAL: local_runs.work,
    Annotator.Backend.CLAUDE: claude_runs.work,
}


def work(run: Run, should_stop: runs.Stop = lambda: False) -> Run:
    """Work the run until it is done, paused, cancelled or `should_stop()`.

    One worker a run: a second one returns at once. A run that cannot go on (a missing key, a changed prompt) is paused
    with the reason.
    """
    backend = BACKENDS.get(run.annotator.backend)
    if backend is None:
        raise BadInput(f"{run.annotator} holds imported labels: it cannot annotate")
    with try_lock(f"run {run.pk}") as alone:
        if alone and runs.start(run):
            try:
                backend(run, should_stop)
            except runs.Stopped as stopped:
                if stopped.reason:
                    runs.pause(run=run, reason=stopped.reason)
        runs.close(run)
    run.refresh_from_db()
    return run
