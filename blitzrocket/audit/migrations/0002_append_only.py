"""The activity log is never changed: the database itself refuses UPDATE and DELETE."""

from django.db import migrations

MAKE_FUNCTION = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or deleted; write another one', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(MAKE_FUNCTION, "DROP FUNCTION refuse_change()"),
        migrations.RunSQL(
            "CREATE TRIGGER audit_auditevent_append_only BEFORE UPDATE OR DELETE ON audit_auditevent "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER audit_auditevent_append_only ON audit_auditevent",
        ),
    ]
