"""How fast a set is rated: answers an hour of work, the last day, and when it may be complete."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from django.core.cache import cache
from django.db.models import Count, Max, Min, Sum

from labelhub.lib import sql

from ..models import Assignment, RatingItem, RatingSet

HOURS = 24
PACE_DAYS = 7
FEW = 20  # answers below which a pace foretells nothing
ENOUGH_S = 60  # of work, below which a rate an hour is noise
KEPT_S = 30
# The time between two answers of a rater is work unless it is a break; after a break, the time on the screen counts.
# What was imported, or given by simulated raters, took nobody time.
WORK_SQL = """
WITH given AS (
    SELECT r.rater_id, r.created_at, r.duration_ms,
           r.counted AND r.superseded_at IS NULL AND r.occasion = 1 AND i.role = 'measure' AS in_force,
           extract(epoch FROM r.created_at - lag(r.created_at) OVER (PARTITION BY r.rater_id ORDER BY r.id)) AS gap
    FROM raters_rating r JOIN raters_ratingitem i ON i.id = r.rating_item_id
    WHERE i.rating_set_id = %(rating_set)s AND r.source = 'browser'
)
SELECT rater_id,
       count(*) FILTER (WHERE in_force),
       coalesce(sum(CASE WHEN gap BETWEEN 0 AND 300 THEN gap ELSE coalesce(duration_ms, 0) / 1000.0 END), 0)::float8,
       count(*) FILTER (WHERE in_force AND created_at > %(now)s - %(pace)s),
       min(created_at)
FROM given GROUP BY rater_id
"""
HOURLY_SQL = """
SELECT floor(extract(epoch FROM %(now)s - r.created_at) / 3600)::int AS hours_ago, count(*)
FROM raters_rating r JOIN raters_ratingitem i ON i.id = r.rating_item_id
WHERE i.rating_set_id = %(rating_set)s AND r.source <> 'imported'
  AND r.counted AND r.superseded_at IS NULL AND r.occasion = 1 AND i.role = 'measure'
  AND r.created_at > %(now)s - %(day)s AND r.created_at <= %(now)s
GROUP BY 1
"""


@dataclass(frozen=True)
class Speed:
    """Answers that people gave here, those in force, and the seconds worked for them, breaks left out."""

    answers: int
    worked_s: float

    @property
    def an_hour(self) -> float | None:
        """Answers an hour of work; None where too little was worked to tell."""
        return self.answers / self.worked_s * 3600 if self.worked_s >= ENOUGH_S and self.answers else None


@dataclass(frozen=True)
class Work:
    """The work on a set at a moment. `by_rater` is by user; `hourly` are answers of the last 24 hours, oldest first."""

    at: dt.datetime
    whole: Speed
    by_rater: dict[int, Speed]
    hourly: list[int]
    last_days: int
    first_at: dt.datetime | None


@dataclass(frozen=True)
class Outlook:
    """What is left. `done_at` is None where too little was done of late to tell; `work_h` likewise."""

    left: int
    work_h: float | None
    a_day: float | None
    done_at: dt.datetime | None


@dataclass(frozen=True)
class Holding:
    """Items a rater has reserved now, until when at the latest, and when they were last there."""

    n: int = 0
    until: dt.datetime | None = None
    seen_at: dt.datetime | None = field(default=None)


def work(rating_set: RatingSet, now: dt.datetime) -> Work:
    """As it stood up to half a minute ago: on a large set this reads every answer."""
    stored = rating_set.set_raters.aggregate(n=Sum("stored"))["n"] or 0
    key = f"work:{rating_set.uid}:{stored}:{int(now.timestamp()) // KEPT_S}"
    kept: Work | None = cache.get(key)
    if kept is None:
        kept = _work(rating_set, now)
        cache.set(key, kept, KEPT_S)
    return kept


def _work(rating_set: RatingSet, now: dt.datetime) -> Work:
    pace, day = dt.timedelta(days=PACE_DAYS), dt.timedelta(days=1)
    values = {"rating_set": rating_set.pk, "now": now, "pace": pace, "day": day}
    rows = sql.rows(WORK_SQL, values)
    ago = dict(sql.rows(HOURLY_SQL, values))
    return Work(
        at=now,
        whole=Speed(sum(row[1] for row in rows), sum(row[2] for row in rows)),
        by_rater={row[0]: Speed(row[1], row[2]) for row in rows},
        hourly=[ago.get(hours, 0) for hours in reversed(range(HOURS))],
        last_days=sum(row[3] for row in rows),
        first_at=min((row[4] for row in rows), default=None),
    )


def outlook(done: Work, left: int) -> Outlook:
    """When the rest may be done, at the pace of the last week.

    A set that began today has no daily pace: people sleep. Then only the hours of work that are left are known.
    """
    rate = done.whole.an_hour if done.whole.answers >= FEW else None
    a_day = None
    if done.first_at is not None and done.last_days >= FEW:
        days = min((done.at - done.first_at) / dt.timedelta(days=1), PACE_DAYS)
        a_day = done.last_days / days if days >= 1 else None
    done_at = done.at + dt.timedelta(days=left / a_day) if a_day else None
    return Outlook(left, left / rate if rate else None, a_day, done_at)


def holdings(rating_set: RatingSet) -> dict[int, Holding]:
    """What each rater holds now, by user."""
    leased = Assignment.objects.filter(rating_item__rating_set=rating_set, state=Assignment.State.LEASED)
    rows = leased.values("rater").annotate(n=Count("pk"), until=Max("lease_until"), seen=Max("heartbeat_at"))
    return {row["rater"]: Holding(row["n"], row["until"], row["seen"]) for row in rows.order_by("rater")}


def by_answers(rating_set: RatingSet) -> list[tuple[int, int]]:
    """(answers, items with so many), fewest first; of those that count and do not wait for the owner."""
    items = RatingItem.objects.filter(
        rating_set=rating_set, role=RatingItem.Role.MEASURE, exclude_reason="", asked_at=None
    )
    rows = items.values("counted").annotate(n=Count("pk"), most=Min("overlap")).order_by("counted")
    return [(row["counted"], row["n"]) for row in rows]
