"""Background work of the raters' app. Rows are the record: a task that never runs loses nothing but time."""

from __future__ import annotations

import logging

from celery import shared_task

from .domain import assignments

logger = logging.getLogger(__name__)


@shared_task
def release_expired_assignments() -> int:
    """Give items whose raters went silent back to the others; run every minute."""
    released = assignments.release_expired()
    if released:
        logger.info("%d expired claims given back", released)
    return released
