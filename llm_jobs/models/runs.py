from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from attributes.models import Corpus, Definition, Item
from labelhub.accounts.models import User
from labelhub.lib.leases import Leased

from .annotators import Annotator


class Run(models.Model):
    """An annotator applied to items under one or several definitions. Money is in integer micro-USD.

    queued -> running -> done; running <-> paused (by a person, or by the engine with `pause_reason`); any but done ->
    cancelled. `reserved` holds the worst case of requests under way; spent + reserved never exceed the budget.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "Queued"
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        DONE = "done", "Done"
        CANCELLED = "cancelled", "Cancelled"

    class Purpose(models.TextChoices):
        GOLDEN = "golden", "Golden set"
        SILVER = "silver", "Silver labels"
        IMPORTED = "imported", "Imported labels"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    corpus = models.ForeignKey(Corpus, on_delete=models.CASCADE, related_name="runs")
    annotator = models.ForeignKey(Annotator, on_delete=models.PROTECT, related_name="runs")
    purpose = models.CharField(max_length=10, choices=Purpose)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    pause_reason = models.CharField(max_length=200, blank=True)
    budget = models.BigIntegerField(default=0)
    reserved = models.BigIntegerField(default=0)
    spent = models.BigIntegerField(default=0)
    prefix_hash = models.CharField(max_length=64, blank=True)
    seed = models.BigIntegerField(default=0)
    may_train = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(budget__gte=F("spent") + F("reserved")), name="run_within_budget"),
        )
        indexes = (
            models.Index(fields=["corpus", "-id"], name="run_corpus"),
            models.Index(fields=["id"], condition=Q(state__in=["queued", "running"]), name="run_open"),  # the sweep
        )

    def __str__(self) -> str:
        return f"run {str(self.uid)[:8]} of {self.annotator.name}"


class RunDefinition(models.Model):
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="run_definitions")
    definition = models.ForeignKey(Definition, on_delete=models.PROTECT, related_name="run_definitions")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=["run", "definition"], name="run_definition"),)


class RunItem(Leased):
    """An item of a run: the unit of work that a worker leases."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="run_items")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="run_items")
    content_hash = models.CharField(max_length=64)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["run", "item"], name="run_item"),)
        indexes = (
            models.Index(fields=["run", "id"], condition=Q(state__in=["queued", "leased"]), name="run_item_open"),
            models.Index(fields=["run", "state"], name="run_item_state"),  # progress by state
        )
