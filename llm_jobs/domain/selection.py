"""Which items a run is about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db.models import QuerySet

from attributes.models import Attribute, Corpus, Item
from labelhub.lib.errors import BadInput
from raters.domain import sets
from raters.models import RatingItem, RatingSet

from ..models import Run


def items_for(
    attribute: Attribute, what: str, *, rating_set: str | None = None, seed: int = 0
) -> tuple[QuerySet[Item], str]:
    """The items that `golden`, `all` or a number (a random sample) mean, and the run's purpose.

    `golden` means the measured items of a golden set, dev and test: a run over sealed items shows only figures.
    """
    if what == "golden":
        return golden([sets.get_set(attribute, rating_set)]), Run.Purpose.GOLDEN
    if what == "all":
        return present(attribute.corpus), Run.Purpose.SILVER
    if not what.isdigit() or int(what) < 1:
        raise BadInput(f"items {what!r}: golden, all or a number")
    return drawn(attribute.corpus, int(what), seed=seed), Run.Purpose.SILVER


def present(corpus: Corpus) -> QuerySet[Item]:
    return Item.objects.filter(corpus=corpus, removed_at=None).order_by("pk")


def golden(rating_sets: Sequence[RatingSet]) -> QuerySet[Item]:
    """The measured items of these golden sets, dev and test."""
    measured = RatingItem.objects.filter(
        rating_set__in=rating_sets,
        role=RatingItem.Role.MEASURE,
        split__in=[RatingItem.Split.DEV, RatingItem.Split.TEST],
    )
    return Item.objects.filter(removed_at=None, pk__in=measured.values("item")).order_by("pk")


def drawn(corpus: Corpus, n: int, *, seed: int) -> QuerySet[Item]:
    """A random sample: the same for the same corpus and seed, and a larger one holds every smaller one."""
    ids = np.array(list(present(corpus).values_list("pk", flat=True)), dtype=np.int64)
    chosen = np.random.default_rng(seed).permutation(ids)[:n]
    return present(corpus).filter(pk__in=chosen.tolist())
