"""What may never change is refused by the database itself, whoever asks."""

from django.db import migrations

APPEND_ONLY = """
CREATE FUNCTION labelhub_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON attributes_auditevent
    FOR EACH ROW EXECUTE FUNCTION labelhub_append_only();
"""

FROZEN_DEFINITIONS = """
CREATE FUNCTION attributes_definition_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (NEW.spec, NEW.hash, NEW.attribute_id) IS DISTINCT FROM
        (OLD.spec, OLD.hash, OLD.attribute_id) THEN
        RAISE EXCEPTION 'definition % is % and cannot change', OLD.uid, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.version IS NOT NULL AND NEW.version IS DISTINCT FROM OLD.version THEN
        RAISE EXCEPTION 'definition % keeps its number', OLD.uid USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER definition_frozen BEFORE UPDATE ON attributes_definition
    FOR EACH ROW EXECUTE FUNCTION attributes_definition_frozen();
"""

LOCKED_LEVELS = """
CREATE FUNCTION attributes_level_locked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed attributes_level := COALESCE(NEW, OLD);
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.attribute_id, NEW.key, NEW.position, NEW.is_positive) IS NOT DISTINCT FROM
        (OLD.attribute_id, OLD.key, OLD.position, OLD.is_positive) THEN
        RETURN NEW;  -- a new label changes no answer
    END IF;
    IF EXISTS (SELECT FROM attributes_attribute WHERE id = changed.attribute_id AND levels_locked_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the levels of attribute % are locked by its answers', changed.attribute_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN changed;
END $$;
CREATE TRIGGER level_locked BEFORE INSERT OR UPDATE OR DELETE ON attributes_level
    FOR EACH ROW EXECUTE FUNCTION attributes_level_locked();
"""


class Migration(migrations.Migration):
    dependencies = [("attributes", "0001_initial")]

    operations = [
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER audit_append_only ON attributes_auditevent; DROP FUNCTION labelhub_append_only",
        ),
        migrations.RunSQL(
            FROZEN_DEFINITIONS,
            "DROP TRIGGER definition_frozen ON attributes_definition; DROP FUNCTION attributes_definition_frozen",
        ),
        migrations.RunSQL(
            LOCKED_LEVELS,
            "DROP TRIGGER level_locked ON attributes_level; DROP FUNCTION attributes_level_locked",
        ),
    ]
