"""How long a rating takes, as it was measured."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from attributes.models import Attribute

from ..models import RatingSet
from ..queries.ratings import HAS_RATINGS
from ..stats.planning import SECONDS_A_RATING
from .work import FEW, work

LOOKED_AT = 3  # sets, the newest


@dataclass(frozen=True)
class RatingPace:
    """Seconds of work a rating took, and on how many answers that stands; 0 answers = assumed, nothing is measured."""

    seconds: float
    answers: int = 0
    of: str = ""

    @property
    def words(self) -> str:
        if not self.answers:
            return f"{self.seconds:.0f} s a rating is assumed: no person has rated enough to tell"
        return f"{self.seconds:.0f} s a rating, as measured on {self.answers:,} answers to {self.of}"


def measured(attribute: Attribute, now: dt.datetime) -> RatingPace:
    """Of the attribute's newest golden sets; of the corpus's where these are too few to tell."""
    golden = RatingSet.objects.filter(HAS_RATINGS, purpose=RatingSet.Purpose.GOLDEN).order_by("-pk")
    own = _of(golden.filter(definition__attribute=attribute), attribute.name, now)
    return (
        own
        or _of(golden.filter(definition__attribute__corpus=attribute.corpus_id), "all attributes", now)
        or (RatingPace(SECONDS_A_RATING))
    )


def _of(sets: QuerySet[RatingSet], of: str, now: dt.datetime) -> RatingPace | None:
    speeds = [work(rating_set, now).whole for rating_set in sets[:LOOKED_AT]]
    worked, answers = sum(speed.worked_s for speed in speeds), sum(speed.answers for speed in speeds)
    return RatingPace(max(1.0, round(worked / answers)), answers, of) if answers >= FEW and worked else None
