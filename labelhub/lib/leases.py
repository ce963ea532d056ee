"""Leases: how a worker or a rater claims a row of work, and how a claim that went silent is taken back.

A row is claimed by compare-and-set under `FOR UPDATE SKIP LOCKED`. The holder knows the row's `lease_token`, and every
later write compares it, so that a holder whose lease was given to somebody else (a zombie) cannot overwrite.
All times are the database's: the clocks of workers do not matter.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, TypeVar

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

MAX_ATTEMPTS = 3
Row = TypeVar("Row", bound="Leased")


class Leased(models.Model):
    """queued -> leased -> done | failed | cancelled; an expired lease is claimable again until MAX_ATTEMPTS."""

    class State(models.TextChoices):
        QUEUED = "queued"
        LEASED = "leased"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure_code = models.CharField(max_length=40, blank=True)

    class Meta:
        abstract = True


def claimable() -> Q:
    """Rows that wait, and rows whose holder went silent."""
    expired = Q(state=Leased.State.LEASED, lease_until__lt=Now())
    return Q(attempts__lt=MAX_ATTEMPTS) & (Q(state=Leased.State.QUEUED) | expired)


def claim(rows: models.QuerySet[Row], *, seconds: int, limit: int = 1) -> list[Row]:
    """Lease up to `limit` claimable rows for `seconds`; rows being claimed by others at this moment are passed over."""
    token = uuid.uuid4()
    with transaction.atomic():
        picked = rows.filter(claimable()).select_for_update(skip_locked=True, of=("self",))[:limit]
        ids = [row.pk for row in picked]
        rows.model._default_manager.filter(pk__in=ids).update(
            state=Leased.State.LEASED,
            lease_until=Now() + dt.timedelta(seconds=seconds),
            lease_token=token,
            heartbeat_at=Now(),
            attempts=F("attempts") + 1,
        )
    return list(rows.model._default_manager.filter(pk__in=ids).order_by("pk"))


def renew(row: Leased, *, seconds: int) -> bool:
    """Prolong the lease; False when it is no longer ours, and the work must stop."""
    return _held(row).update(lease_until=Now() + dt.timedelta(seconds=seconds), heartbeat_at=Now()) == 1


def finish(row: Leased, *, state: str = Leased.State.DONE, failure_code: str = "", **values: Any) -> bool:
    """End the work under our lease, storing `values` with it; False when the lease was lost, and nothing is written."""
    return _held(row).update(state=state, failure_code=failure_code, lease_until=None, lease_token=None, **values) == 1


def give_back(row: Leased) -> bool:
    """Return the row unworked (a worker that drains): the attempt does not count."""
    return (
        _held(row).update(state=Leased.State.QUEUED, lease_until=None, lease_token=None, attempts=F("attempts") - 1)
        == 1
    )


def set_aside_exhausted(rows: models.QuerySet[Row]) -> int:
    """Fail the rows whose every attempt ended in silence: an item that kills its worker must not do so for ever."""
    return rows.filter(state=Leased.State.LEASED, lease_until__lt=Now(), attempts__gte=MAX_ATTEMPTS).update(
        state=Leased.State.FAILED, failure_code="worker_lost", lease_until=None, lease_token=None
    )


def _held(row: Row) -> models.QuerySet[Row]:
    model = type(row)
    return model._default_manager.filter(pk=row.pk, state=Leased.State.LEASED, lease_token=row.lease_token)
