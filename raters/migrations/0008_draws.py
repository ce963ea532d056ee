"""Draws are kept with the chance of every item; items enter an open set only with one, and looks stay counted."""

from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

before = import_module("raters.migrations.0005_stricter_triggers")

DRAWS = """
CREATE FUNCTION raters_draw_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    set_state text := (SELECT state FROM raters_ratingset
                       WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.rating_set_id ELSE OLD.rating_set_id END);
BEGIN
    IF TG_OP = 'UPDATE' OR (TG_OP = 'DELETE' AND set_state <> 'draft') THEN
        RAISE EXCEPTION 'a draw stays as it was made' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'INSERT' AND set_state NOT IN ('draft', 'open') THEN
        RAISE EXCEPTION 'rating is closed: nothing can be drawn into the set'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER draw_fixed BEFORE INSERT OR UPDATE OR DELETE ON raters_draw
    FOR EACH ROW EXECUTE FUNCTION raters_draw_fixed();
"""

LOOKS = """
CREATE FUNCTION raters_look_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a look at the test stays counted' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER look_counted BEFORE UPDATE OR DELETE ON raters_look
    FOR EACH ROW EXECUTE FUNCTION raters_look_counted();
"""

RATING_SETS = """
CREATE OR REPLACE FUNCTION raters_ratingset_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- Who may rate, what a top-up adds, and how gold comes about of the answers.
    free text[] := '{named_raters,size,population_n,consensus}';
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
    IF OLD.state <> 'draft' AND NEW.design - free <> OLD.design - free THEN
        RAISE EXCEPTION 'how a set is drawn and split is fixed once it opens'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- Shots may be picked by hand: nothing is estimated from them.
    IF OLD.state = 'draft' AND NEW.state = 'open' AND NEW.design ->> 'method' <> 'imported' AND EXISTS (
        SELECT FROM raters_ratingitem i WHERE i.rating_set_id = NEW.id AND i.role = 'measure'
        AND i.split <> 'shots' AND i.inclusion_probability IS NULL) THEN
        RAISE EXCEPTION 'an item of a drawn set has no inclusion probability'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""
RATING_SETS_BEFORE = before.RATING_SETS.partition("DROP TRIGGER")[0]

RATING_ITEMS = """
CREATE OR REPLACE FUNCTION raters_ratingitem_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    set_state text := (SELECT state FROM raters_ratingset
                       WHERE id = CASE TG_OP WHEN 'INSERT' THEN NEW.rating_set_id ELSE OLD.rating_set_id END);
BEGIN
    IF set_state = 'frozen' THEN
        RAISE EXCEPTION 'the rating set is frozen' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF set_state <> 'draft' AND TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM raters_draw d WHERE d.rating_set_id = NEW.rating_set_id AND d.number > 1 AND d.transaction = txid_current()) THEN
        RAISE EXCEPTION 'the rating set is open: its items were drawn' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF set_state <> 'draft' AND TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the rating set is open: exclude the item, with a reason'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.rating_set_id <> OLD.rating_set_id OR set_state <> 'draft' AND
        (NEW.item_id, NEW.content_hash, NEW.split, NEW.fold, NEW.stratum, NEW.role)
        IS DISTINCT FROM
        (OLD.item_id, OLD.content_hash, OLD.split, OLD.fold, OLD.stratum, OLD.role)) THEN
        RAISE EXCEPTION 'split, fold and inclusion probability are fixed once a set opens'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    -- A top-up is one more way into the set: chances rise with it, and never otherwise.
    IF TG_OP = 'UPDATE' AND set_state <> 'draft'
        AND NEW.inclusion_probability IS DISTINCT FROM OLD.inclusion_probability
        AND NOT coalesce(NEW.inclusion_probability > OLD.inclusion_probability AND EXISTS (
            SELECT FROM raters_draw d WHERE d.rating_set_id = NEW.rating_set_id AND d.number > 1 AND d.transaction = txid_current()
        ), false) THEN
        RAISE EXCEPTION 'split, fold and inclusion probability are fixed once a set opens'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("raters", "0007_leaner_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                (
                    "design",
                    models.JSONField(
                        help_text="Method, size, population, seed, and the number drawn from each stratum."
                    ),
                ),
                ("frame", models.BinaryField()),
                ("transaction", models.BigIntegerField(db_default=models.Func(function="txid_current"))),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rating_set",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="draws",
                        to="raters.ratingset",
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=["rating_set", "number"], name="draw_number")]},
        ),
        migrations.RunSQL(DRAWS, "DROP TRIGGER draw_fixed ON raters_draw; DROP FUNCTION raters_draw_fixed"),
        migrations.RunSQL(LOOKS, "DROP TRIGGER look_counted ON raters_look; DROP FUNCTION raters_look_counted"),
        migrations.RunSQL(RATING_SETS, RATING_SETS_BEFORE),
        migrations.RunSQL(RATING_ITEMS, before.RATING_ITEMS),
    ]
