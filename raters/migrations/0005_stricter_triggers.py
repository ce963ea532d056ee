"""What 0002 left open: a frozen set deleted, a test sealed again, items added after opening, gold moved between sets."""

from importlib import import_module

from django.db import migrations

before = import_module("raters.migrations.0002_immutability")

RATING_SETS = """
CREATE OR REPLACE FUNCTION raters_ratingset_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'frozen' AND (TG_OP = 'DELETE' OR
        (to_jsonb(NEW) - 'unsealed_at' - 'name') <> (to_jsonb(OLD) - 'unsealed_at' - 'name')) THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF OLD.unsealed_at IS NOT NULL AND NEW.unsealed_at IS DISTINCT FROM OLD.unsealed_at THEN
        RAISE EXCEPTION 'the test split was unsealed for good' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state <> 'draft' AND (NEW.state = 'draft' OR
        (NEW.definition_id, NEW.purpose) IS DISTINCT FROM (OLD.definition_id, OLD.purpose)) THEN
        RAISE EXCEPTION 'definition and purpose are fixed once a set opens'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER ratingset_frozen ON raters_ratingset;
CREATE TRIGGER ratingset_frozen BEFORE UPDATE OR DELETE ON raters_ratingset
    FOR EACH ROW EXECUTE FUNCTION raters_ratingset_frozen();
"""
RATING_SETS_BEFORE = "DROP TRIGGER ratingset_frozen ON raters_ratingset;" + before.RATING_SETS.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)

RATING_ITEMS = """
CREATE OR REPLACE FUNCTION raters_ratingitem_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    set_state text := (SELECT state FROM raters_ratingset
                       WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.rating_set_id ELSE OLD.rating_set_id END);
BEGIN
    IF set_state = 'frozen' THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF set_state <> 'draft' AND TG_OP = 'INSERT' THEN
        RAISE EXCEPTION 'the rating set is open: its items were drawn' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF set_state <> 'draft' AND TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the rating set is open: exclude the item, with a reason'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.rating_set_id <> OLD.rating_set_id OR set_state <> 'draft' AND
        (NEW.item_id, NEW.content_hash, NEW.split, NEW.fold, NEW.inclusion_probability, NEW.stratum, NEW.role)
        IS DISTINCT FROM
        (OLD.item_id, OLD.content_hash, OLD.split, OLD.fold, OLD.inclusion_probability, OLD.stratum, OLD.role)) THEN
        RAISE EXCEPTION 'split, fold and inclusion probability are fixed once a set opens'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
RATING_ITEMS_BEFORE = before.RATING_ITEMS.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "CREATE TRIGGER", "CREATE OR REPLACE TRIGGER"
)

GOLD = """
CREATE OR REPLACE FUNCTION raters_goldlabel_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.rating_item_id <> OLD.rating_item_id THEN
        RAISE EXCEPTION 'a gold label stays with its item' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (SELECT FROM raters_ratingitem i JOIN raters_ratingset s ON s.id = i.rating_set_id
               WHERE s.state = 'frozen'
                 AND i.id = CASE TG_OP WHEN 'DELETE' THEN OLD.rating_item_id ELSE NEW.rating_item_id END) THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""
GOLD_BEFORE = before.GOLD.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(
    "CREATE TRIGGER", "CREATE OR REPLACE TRIGGER"
)


class Migration(migrations.Migration):
    dependencies = [("raters", "0004_count_earlier_answers")]

    operations = [
        migrations.RunSQL(RATING_SETS, RATING_SETS_BEFORE),
        migrations.RunSQL(RATING_ITEMS, RATING_ITEMS_BEFORE),
        migrations.RunSQL(GOLD, GOLD_BEFORE),
    ]
