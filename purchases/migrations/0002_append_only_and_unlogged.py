"""Refunds and recalculated awards are never changed; foreign keys carry the contest; counts cost no write-ahead log."""

from django.db import migrations

APPEND_ONLY = ("purchases_refund", "purchases_recalculatedaward")
# Table, column, table that it refers to. Checked at the end of each statement, because a row is written after those
# that it refers to.
FOREIGN_KEYS = (
    # The ledger stands below purchases, so its model has the purchase as text.
    ("contests_pointtransaction", "purchase_id", "purchases_purchase"),
    ("purchases_purchase", "entry_id", "contests_entry"),
    ("purchases_purchase", "rule_set_id", "contests_ruleset"),
    ("purchases_purchase", "source_import_id", "purchases_purchaseimport"),
    ("purchases_purchase", "recalculated_award_id", "purchases_recalculatedaward"),
    ("purchases_purchaseimportrow", "purchase_id", "purchases_purchase"),
    ("purchases_purchaseimportrow", "purchase_import_id", "purchases_purchaseimport"),
    ("purchases_recalculation", "rule_set_id", "contests_ruleset"),
    ("purchases_recalculatedaward", "purchase_id", "purchases_purchase"),
    ("purchases_recalculatedaward", "recalculation_id", "purchases_recalculation"),
    ("purchases_recalculatedaward", "previous_id", "purchases_recalculatedaward"),
    ("purchases_recalculatedaward", "rule_set_id", "contests_ruleset"),
    ("purchases_refund", "purchase_id", "purchases_purchase"),
    ("purchases_duplicatecount", "purchase_id", "purchases_purchase"),
)


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
        # Awards are found by their contest and id, never by the id alone.
        migrations.RunSQL(
            "ALTER TABLE purchases_recalculatedaward DROP CONSTRAINT purchases_recalculatedaward_pkey, "
            "ADD PRIMARY KEY (contest_id, id)",
            "ALTER TABLE purchases_recalculatedaward DROP CONSTRAINT purchases_recalculatedaward_pkey, "
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
        # A rejected order belongs to the contest as sent, which is the contest of its rules.
        migrations.RunSQL(
            "ALTER TABLE purchases_rejectedpurchase ADD CONSTRAINT purchases_rejectedpurchase_rule_set_id_same_contest "
            "FOREIGN KEY (contest_sent, rule_set_id) REFERENCES contests_ruleset (contest_id, id)",
            "ALTER TABLE purchases_rejectedpurchase DROP CONSTRAINT "
            "purchases_rejectedpurchase_rule_set_id_same_contest",
        ),
        # A flood of refused calls is not to fill the write-ahead log; the counts may be lost in a crash.
        migrations.RunSQL(
            "ALTER TABLE purchases_rejectioncount SET UNLOGGED", "ALTER TABLE purchases_rejectioncount SET LOGGED"
        ),
    ]
