"""Give the raters of existing sets their counts."""

from django.db import migrations

FILL = """
UPDATE raters_setrater seat SET answered = given.answered, stored = given.stored
FROM (SELECT i.rating_set_id, r.rater_id, count(*) AS stored,
             count(*) FILTER (WHERE r.counted AND r.superseded_at IS NULL) AS answered
      FROM raters_rating r JOIN raters_ratingitem i ON i.id = r.rating_item_id GROUP BY 1, 2) given
WHERE given.rating_set_id = seat.rating_set_id AND given.rater_id = seat.user_id
"""


class Migration(migrations.Migration):
    dependencies = [("raters", "0003_rater_progress")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
