"""Which items a run is about."""

from __future__ import annotations

import numpy as np
from django.db.models import QuerySet

from attributes.models import Attribute, Item
from labelhub.lib.errors import BadInput
from raters.domain import sets
from raters.models import RatingItem

from ..models import Run


def items_for(
    attribute: Attribute, what: str, *, rating_set: str | None = None, seed: int = 0
) -> tuple[QuerySet[Item], str]:
    """The items that `golden`, `all` or a number (a random sample) mean, and the run's purpose.

    `golden` means the measured items of a golden set, dev and test: a run over sealed items shows only figures.
    """
    present = Item.objects.filter(corpus=attribute.corpus_id, removed_at=None).order_by("pk")
    if what == "golden":
        golden = sets.get_set(attribute, rating_set)
        measured = RatingItem.objects.filter(
            rating_set=golden,
            role=RatingItem.Role.MEASURE,
            split__in=[RatingItem.Split.DEV, RatingItem.Split.TEST],
        )
        return present.filter(pk__in=measured.values("item")), Run.Purpose.GOLDEN
    if what == "all":
        return present, Run.Purpose.SILVER
    if not what.isdigit() or int(what) < 1:
        raise BadInput(f"items {what!r}: golden, all or a number")
    ids = list(present.values_list("pk", flat=True))
    n = min(int(what), len(ids))
    drawn = np.random.default_rng(seed).permutation(np.array(ids, dtype=np.int64))[:n]
    return present.filter(pk__in=drawn.tolist()), Run.Purpose.SILVER
