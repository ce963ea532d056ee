"""The project package: settings, processes and the apps above `attributes`, `raters` and `llm_jobs`."""

# Loaded with the package, so that `@shared_task` binds to this app in every process, not to Celery's default one.
from labelhub.celery import app as celery_app

__all__ = ["celery_app"]
