from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from .annotators import Price
from .runs import RunItem


class Request(models.Model):
    """The ledger: one row per attempt at a paid request, committed before it is sent.

    intent (reserved, perhaps sent) -> settled (the reply's `usage` says what it cost) | unknown (the process died or
    the connection broke: it may have been billed, and the reserve stays).
    """

    class State(models.TextChoices):
        INTENT = "intent"
        SETTLED = "settled"
        UNKNOWN = "unknown"

    run_item = models.ForeignKey(RunItem, on_delete=models.PROTECT, related_name="requests")
    sample = models.PositiveSmallIntegerField(default=0)
    attempt = models.PositiveSmallIntegerField()
    request_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State, default=State.INTENT)
    reserved = models.BigIntegerField()
    cost = models.BigIntegerField(null=True, blank=True)
    usage = models.JSONField(null=True, blank=True)
    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="+")
    provider_request_id = models.CharField(max_length=80, blank=True)
    status = models.CharField(max_length=40, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    raw = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["run_item", "sample", "attempt"], name="request_attempt"),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(cost__isnull=False), name="request_settled_has_cost"
            ),
        )
        indexes = (models.Index(fields=["id"], condition=Q(state="intent"), name="request_intent"),)
