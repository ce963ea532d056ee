from __future__ import annotations

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now

from labelhub.accounts.models import User

from .sets import RatingSet


class Draw(models.Model):
    """One draw of items into a set, the first or a top-up. Immutable by trigger.

    `frame` holds the population drawn from, with each item's stratum and its chance to be in the set after this draw
    (`raters.domain.frames`): nobody could tell the chance of an item that was not drawn later, and a top-up needs it.
    `transaction` is where items may enter a set that is open, and their chances rise, with the draw itself.
    """

    rating_set = models.ForeignKey(RatingSet, on_delete=models.CASCADE, related_name="draws", db_index=False)
    number = models.PositiveSmallIntegerField()
    design = models.JSONField(help_text="Method, size, population, seed, and the number drawn from each stratum.")
    frame = models.BinaryField()
    transaction = models.BigIntegerField(db_default=Func(function="txid_current"))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["rating_set", "number"], name="draw_number"),)
