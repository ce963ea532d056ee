"""Counting how often a sealed test was looked at."""

from __future__ import annotations

from collections.abc import Iterable

from attributes.schema import digest
from labelhub.accounts.models import User
from raters.models import Look, RatingItem, RatingSet

from .machine_labels import MachineLabels

TESTED = (RatingItem.Split.TEST, "all")


def record(*, rating_set: RatingSet, split: str, machines: Iterable[MachineLabels], user: User | None) -> None:
    """Count each machine that is held against a sealed test for the first time; a known one is no new look."""
    if split not in TESTED or rating_set.unsealed_at is not None:
        return
    Look.objects.bulk_create(
        (
            Look(
                rating_set=rating_set,
                split=RatingItem.Split.TEST,
                subject_hash=digest([machine.fingerprint, machine.codes.tolist()]),
                user=user,
            )
            for machine in machines
        ),
        ignore_conflicts=True,
    )
