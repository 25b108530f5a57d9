"""Ledger lines and published rules are never changed; a job's contest exists; foreign keys carry the contest."""

from django.db import migrations

APPEND_ONLY = ("contests_pointtransaction", "contests_ruleset")
# Table, column, table that it refers to. Checked at the end of each statement, because a row is written after those
# that it refers to.
FOREIGN_KEYS = (
    ("contests_entry", "referred_by_id", "contests_entry"),
    ("contests_nameword", "entry_id", "contests_entry"),
    ("contests_entryimportrow", "entry_id", "contests_entry"),
    ("contests_entryimportrow", "entry_import_id", "contests_entryimport"),
    ("contests_pointtransaction", "entry_id", "contests_entry"),
    ("contests_pointtransaction", "undoes_id", "contests_pointtransaction"),
)


class Migration(migrations.Migration):
    dependencies = [("contests", "0001_initial"), ("audit", "0002_append_only"), ("jobs", "0001_initial")]

    operations = [
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
        # Jobs stand below contests, so their model has the contest as text.
        migrations.RunSQL(
            "ALTER TABLE jobs_job ADD CONSTRAINT job_contest_exists FOREIGN KEY (contest_id) "
            "REFERENCES contests_contest (id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE jobs_job DROP CONSTRAINT job_contest_exists",
        ),
        # Lines are found by their contest and id, never by the id alone, so they need one index where others have two.
        migrations.RunSQL(
            "ALTER TABLE contests_pointtransaction DROP CONSTRAINT contests_pointtransaction_pkey, "
            "ADD PRIMARY KEY (contest_id, id)",
            "ALTER TABLE contests_pointtransaction DROP CONSTRAINT contests_pointtransaction_pkey, "
            "ADD PRIMARY KEY (id)",
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_contest "
                f"FOREIGN KEY (contest_id, {column}) REFERENCES {other} (contest_id, id)",
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_contest",
            )
            for table, column, other in FOREIGN_KEYS
        ),
    ]
