"""What a set does for the quality of the work: a qualification before it, hidden checks and own items again within."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from labelhub.accounts.models import User
from labelhub.lib.errors import BadInput

from ..models import RatingSet
from . import keyed

MOST = 0.5  # of what a rater is shown may be checks, or own items again


@dataclass(frozen=True)
class Controls:
    """By default none: nobody has to qualify, nothing is checked and nothing asked again."""

    qualification: RatingSet | None = None
    checks: keyed.Source = field(default_factory=keyed.Source)
    check_rate: float = 0
    repeat_rate: float = 0
    repeat_after_days: int = 3
    rushed_below_ms: int = 1000


@transaction.atomic
def apply(*, rating_set: RatingSet, controls: Controls, actor: User | None) -> RatingSet:
    """Give a draft these controls. `BadInput` names the part at fault."""
    _check(rating_set, controls)
    RatingSet.objects.filter(pk=rating_set.pk).update(
        qualification=controls.qualification,
        check_rate=controls.check_rate,
        repeat_rate=controls.repeat_rate,
        repeat_after_days=controls.repeat_after_days,
        rushed_below_ms=controls.rushed_below_ms,
    )
    if controls.checks:
        keyed.add(rating_set=rating_set, source=controls.checks, actor=actor)
    rating_set.refresh_from_db()
    return rating_set


def _check(rating_set: RatingSet, controls: Controls) -> None:
    asked = controls.qualification
    if asked and not (asked.teaches and asked.definition.attribute_id == rating_set.definition.attribute_id):
        raise BadInput("qualification: choose a qualification of the same attribute")
    for name, rate in (("check_rate", controls.check_rate), ("repeat_rate", controls.repeat_rate)):
        if not 0 <= rate <= MOST:
            raise BadInput(f"{name}: 0 to {MOST:.0%}")
    if controls.check_rate and not controls.checks:
        raise BadInput("check_rate: say which items the hidden checks are")
    if controls.checks and not controls.check_rate:
        raise BadInput("check_rate: say how often a hidden check is shown")
