from django.db import migrations, models

# As in the second migration; and a trigger may name columns that can be erased. While `blitzrocket.erasing` is on, which
# only the erasure of a person sets, and only for its transaction, a row may be updated in these and in nothing else.
MAY_ERASE = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' AND TG_NARGS > 0 AND current_setting('blitzrocket.erasing', true) = 'on' THEN
            IF to_jsonb(NEW) - TG_ARGV = to_jsonb(OLD) - TG_ARGV THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'rows of % are never changed or deleted; write another one', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
"""
NEVER = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or deleted; write another one', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
"""


TRIGGER = """
    DROP TRIGGER audit_auditevent_append_only ON audit_auditevent;
    CREATE TRIGGER audit_auditevent_append_only BEFORE UPDATE OR DELETE ON audit_auditevent
    FOR EACH ROW EXECUTE FUNCTION refuse_change({})
"""


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0006_login_events"),
    ]

    operations = [
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(
                choices=[
                    ("added", "Added"),
                    ("changed", "Changed"),
                    ("deleted", "Deleted"),
                    ("published", "Rules published"),
                    ("revoked", "Revoked"),
                    ("accepted", "Invitation accepted"),
                    ("adjusted", "Points adjusted"),
                    ("recorded", "Recorded by hand"),
                    ("refunded", "Refunded"),
                    ("voided", "Voided"),
                    ("restored", "Restored"),
                    ("moved", "Moved"),
                    ("attached", "Attached to an entry"),
                    ("detached", "Detached from its entry"),
                    ("dismissed", "Dismissed"),
                    ("reopened", "Reopened"),
                    ("recalculated", "Points recalculated"),
                    ("undone", "Recalculation undone"),
                    ("copied", "Duplicated"),
                    ("exported", "Exported"),
                    ("imported", "Imported"),
                    ("unimported", "Import undone"),
                    ("retried", "Retried"),
                    ("paused", "Paused"),
                    ("resumed", "Resumed"),
                    ("secret_replaced", "Secret replaced"),
                    ("two_step_on", "Two-step verification turned on"),
                    ("two_step_off", "Two-step verification turned off"),
                    ("two_step_reset", "Two-step verification reset"),
                    ("recovery_used", "Recovery code used"),
                    ("recovery_renewed", "Recovery codes renewed"),
                    ("password_link", "Password link created"),
                    ("password_changed", "Password changed"),
                    ("erased", "Personal data erased"),
                ],
                max_length=20,
                verbose_name="action",
            ),
        ),
        migrations.RunSQL(MAY_ERASE, NEVER),
        migrations.RunSQL(TRIGGER.format("'reason', 'before', 'after'"), TRIGGER.format("")),
    ]
