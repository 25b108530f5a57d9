"""Refunds and recalculated awards are never changed; a ledger line's purchase exists; counts cost no write-ahead log."""

from django.db import migrations

APPEND_ONLY = ("purchases_refund", "purchases_recalculatedaward")


class Migration(migrations.Migration):
    dependencies = [("purchases", "0001_initial"), ("contests", "0002_append_only")]

    operations = [
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
                f"DROP TRIGGER {table}_append_only ON {table}",
            )
            for table in APPEND_ONLY
        ),
        # The ledger stands below purchases, so its model has the purchase as text.
        migrations.RunSQL(
            "ALTER TABLE contests_pointtransaction ADD CONSTRAINT pointtransaction_purchase_exists "
            "FOREIGN KEY (purchase_id) REFERENCES purchases_purchase (id) DEFERRABLE INITIALLY DEFERRED",
            "ALTER TABLE contests_pointtransaction DROP CONSTRAINT pointtransaction_purchase_exists",
        ),
        # A flood of refused calls is not to fill the write-ahead log; the counts may be lost in a crash.
        migrations.RunSQL(
            "ALTER TABLE purchases_rejectioncount SET UNLOGGED", "ALTER TABLE purchases_rejectioncount SET LOGGED"
        ),
    ]
