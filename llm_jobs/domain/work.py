"""One entry for whoever works a run: a Celery worker or a command in the foreground."""

from __future__ import annotations

from collections.abc import Callable

from labelhub.lib.errors import BadInput

from ..models import Annotator, Run
from . import claude_runs, local_runs, runs

BACKENDS: dict[str, Callable[[Run, runs.Stop], None]] = {
    Annotator.Backend.LOCAL: local_runs.work,
    Annotator.Backend.CLAUDE: claude_runs.work,
}


def work(run: Run, should_stop: runs.Stop = lambda: False) -> Run:
    """Work the run until it is done, paused, cancelled or `should_stop()`. Several workers may do so at once."""
    backend = BACKENDS.get(run.annotator.backend)
    if backend is None:
        raise BadInput(f"{run.annotator} holds imported labels: it cannot annotate")
    runs.start(run)
    backend(run, should_stop)
    runs.finish_if_done(run)
    run.refresh_from_db()
    return run
