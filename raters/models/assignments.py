from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from labelhub.accounts.models import User
from labelhub.lib.leases import Leased

from .sets import RatingItem


class Assignment(Leased):
    """A rater's leased claim on a rating item.

    leased -> done (rated) | cancelled (skipped, with a reason) | queued (expired or released: the rater may get it
    again) | failed (the owner took it away for good). The unique row per rater, item and occasion is what keeps an item
    from being shown to a rater twice; a later occasion asks the same person again, to compare them with themselves.

    A rater holds the item they look at and those that come next, in the order of `turn`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rating_item = models.ForeignKey(
        RatingItem, on_delete=models.CASCADE, related_name="assignments", db_index=False
    )  # the unique constraint begins with it
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    occasion = models.PositiveSmallIntegerField(default=1)
    turn = models.PositiveIntegerField(default=0, help_text="The seat's turn at which it was drawn: the order shown.")
    draft = models.JSONField(null=True, blank=True, help_text="What the rater wrote and marked, not yet answered.")
    draft_revision = models.PositiveIntegerField(default=0, help_text="An older draft never replaces a newer one.")
    skip_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["rating_item", "rater", "occasion"], name="assignment"),)
        indexes = (
            # The claim a rater holds.
            models.Index(fields=["rater", "lease_until"], condition=Q(state="leased"), name="assignment_leased"),
            # The sweep of expired claims.
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="assignment_expiring"),
        )
