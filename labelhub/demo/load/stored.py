"""What the database holds of a rating set after a load."""

from __future__ import annotations

from labelhub.lib.copy import raw_cursor
from raters.load.ledger import Slots, Stored
from raters.models import RatingSet

ANSWERS_SQL = """
SELECT r.submission_key::text, a.uid::text, r.rating_item_id, r.rater_id, r.occasion, r.counted
FROM raters_rating r
JOIN raters_ratingitem i ON i.id = r.rating_item_id
LEFT JOIN raters_assignment a
  ON a.rating_item_id = r.rating_item_id AND a.rater_id = r.rater_id AND a.occasion = r.occasion
WHERE i.rating_set_id = %(set)s
"""
SLOTS_SQL = """
SELECT i.id, i.overlap, i.counted, i.claimed, coalesce(r.n, 0), coalesce(a.n, 0)
FROM raters_ratingitem i
LEFT JOIN (
    SELECT rating_item_id, count(*) AS n FROM raters_rating
    WHERE counted AND superseded_at IS NULL AND occasion = 1 GROUP BY 1
) r ON r.rating_item_id = i.id
LEFT JOIN (
    SELECT rating_item_id, count(*) AS n FROM raters_assignment WHERE state = 'leased' AND occasion = 1 GROUP BY 1
) a ON a.rating_item_id = i.id
WHERE i.rating_set_id = %(set)s AND (i.counted > 0 OR i.claimed > 0 OR r.n > 0 OR a.n > 0)
"""


def answers(rating_set: RatingSet) -> list[Stored]:
    with raw_cursor() as cursor:
        return [Stored(*row) for row in cursor.execute(ANSWERS_SQL, {"set": rating_set.pk})]


def slots(rating_set: RatingSet) -> list[Slots]:
    """Of the items that anybody was given."""
    with raw_cursor() as cursor:
        return [Slots(*row) for row in cursor.execute(SLOTS_SQL, {"set": rating_set.pk})]
