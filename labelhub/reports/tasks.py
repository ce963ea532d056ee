"""What workers do for reports: an id in, one domain call."""

from __future__ import annotations

from typing import Any

from attributes.domain.jobs import Progress
from attributes.models import Job
from attributes.tasks import job_task

from .domain import work


@job_task(Job.Kind.REFRESH_REPORTS)
def refresh_reports(job: Job, progress: Progress) -> dict[str, Any]:
    return work.run(job, progress)
