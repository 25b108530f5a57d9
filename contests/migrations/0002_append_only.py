"""Ledger lines and published rules are never changed; a job's contest exists."""

from django.db import migrations

APPEND_ONLY = ("contests_pointtransaction", "contests_ruleset")


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
    ]
