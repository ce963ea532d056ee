"""No student learns from an item it will be tested on."""

from django.db import migrations

SILVER = """
CREATE FUNCTION llm_jobs_silver_no_golden() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    golden bigint;
BEGIN
    SELECT n.item_id INTO golden
    FROM new_rows n
    JOIN attributes_definition d ON d.id = n.definition_id
    JOIN raters_ratingitem i ON i.item_id = n.item_id AND i.role = 'measure'
    JOIN raters_ratingset s ON s.id = i.rating_set_id AND s.purpose = 'golden'
    JOIN attributes_definition g ON g.id = s.definition_id AND g.attribute_id = d.attribute_id
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'item % is golden: it cannot enter a silver set', golden
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER silver_no_golden AFTER INSERT ON llm_jobs_silveritem
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION llm_jobs_silver_no_golden();
"""


class Migration(migrations.Migration):
    dependencies = [("llm_jobs", "0001_initial"), ("raters", "0002_immutability")]

    operations = [
        migrations.RunSQL(
            SILVER,
            "DROP TRIGGER silver_no_golden ON llm_jobs_silveritem; DROP FUNCTION llm_jobs_silver_no_golden",
        )
    ]
