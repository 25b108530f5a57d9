from django.db import migrations

GUARDED = ("contests_pointtransaction", "contests_ruleset")

MAKE_FUNCTION = """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are never changed or deleted; write another one', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END $$
"""


class Migration(migrations.Migration):
    """Ledger lines and published rules mean what they meant: the database itself refuses UPDATE and DELETE."""

    dependencies = [("contests", "0002_initial")]

    operations = [
        migrations.RunSQL(MAKE_FUNCTION, "DROP FUNCTION refuse_change()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in GUARDED
        ),
    ]
