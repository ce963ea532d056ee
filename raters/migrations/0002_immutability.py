"""Ratings are append-only, frozen sets stay as they are, and what was sampled keeps its probability and split."""

from django.db import migrations

RATINGS = """
CREATE FUNCTION raters_rating_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.rating_item_id ELSE NEW.rating_item_id END;
BEGIN
    IF EXISTS (SELECT FROM raters_ratingitem i JOIN raters_ratingset s ON s.id = i.rating_set_id
               WHERE i.id = held AND s.state = 'frozen') THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    -- The one change a rating may see: it is superseded, once.
    IF TG_OP = 'UPDATE' AND OLD.superseded_at IS NULL AND NEW.superseded_at IS NOT NULL
        AND to_jsonb(NEW) - 'superseded_at' = to_jsonb(OLD) - 'superseded_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'ratings are append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER rating_append_only BEFORE INSERT OR UPDATE OR DELETE ON raters_rating
    FOR EACH ROW EXECUTE FUNCTION raters_rating_append_only();
"""

RATING_SETS = """
CREATE FUNCTION raters_ratingset_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'frozen' AND (to_jsonb(NEW) - 'unsealed_at' - 'name') <> (to_jsonb(OLD) - 'unsealed_at' - 'name') THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ratingset_frozen BEFORE UPDATE ON raters_ratingset
    FOR EACH ROW EXECUTE FUNCTION raters_ratingset_frozen();
"""

RATING_ITEMS = """
CREATE FUNCTION raters_ratingitem_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    set_state text := (SELECT state FROM raters_ratingset
                       WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.rating_set_id ELSE OLD.rating_set_id END);
BEGIN
    IF set_state = 'frozen' THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF set_state <> 'draft' THEN
            RAISE EXCEPTION 'the rating set is open: exclude the item, with a reason'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND set_state <> 'draft' AND
        (NEW.item_id, NEW.content_hash, NEW.split, NEW.fold, NEW.inclusion_probability, NEW.stratum, NEW.role)
        IS DISTINCT FROM
        (OLD.item_id, OLD.content_hash, OLD.split, OLD.fold, OLD.inclusion_probability, OLD.stratum, OLD.role) THEN
        RAISE EXCEPTION 'split, fold and inclusion probability are fixed once a set opens'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ratingitem_fixed BEFORE INSERT OR UPDATE OR DELETE ON raters_ratingitem
    FOR EACH ROW EXECUTE FUNCTION raters_ratingitem_fixed();
"""

GOLD = """
CREATE FUNCTION raters_goldlabel_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    held bigint := CASE TG_OP WHEN 'DELETE' THEN OLD.rating_item_id ELSE NEW.rating_item_id END;
BEGIN
    IF EXISTS (SELECT FROM raters_ratingitem i JOIN raters_ratingset s ON s.id = i.rating_set_id
               WHERE i.id = held AND s.state = 'frozen') THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER goldlabel_frozen BEFORE INSERT OR UPDATE OR DELETE ON raters_goldlabel
    FOR EACH ROW EXECUTE FUNCTION raters_goldlabel_frozen();
"""


class Migration(migrations.Migration):
    dependencies = [("raters", "0001_initial")]

    operations = [
        migrations.RunSQL(
            RATINGS,
            "DROP TRIGGER rating_append_only ON raters_rating; DROP FUNCTION raters_rating_append_only",
        ),
        migrations.RunSQL(
            RATING_SETS,
            "DROP TRIGGER ratingset_frozen ON raters_ratingset; DROP FUNCTION raters_ratingset_frozen",
        ),
        migrations.RunSQL(
            RATING_ITEMS,
            "DROP TRIGGER ratingitem_fixed ON raters_ratingitem; DROP FUNCTION raters_ratingitem_fixed",
        ),
        migrations.RunSQL(
            GOLD,
            "DROP TRIGGER goldlabel_frozen ON raters_goldlabel; DROP FUNCTION raters_goldlabel_frozen",
        ),
    ]
