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
    again). The unique row per rater and item is what keeps an item from being shown to a rater twice.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    rating_item = models.ForeignKey(RatingItem, on_delete=models.CASCADE, related_name="assignments")
    rater = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    occasion = models.PositiveSmallIntegerField(default=1)
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
