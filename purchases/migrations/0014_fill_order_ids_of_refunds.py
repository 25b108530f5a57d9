from django.db import migrations

# The orders of refunds do not change, so that a refund can keep the id of its own; the trigger stands aside for that.
FILL = """
    ALTER TABLE purchases_refund DISABLE TRIGGER purchases_refund_append_only;
    UPDATE purchases_refund refund SET order_id = purchase.order_id FROM purchases_purchase purchase
    WHERE purchase.id = refund.purchase_id AND purchase.contest_id = refund.contest_id AND refund.order_id = '';
    ALTER TABLE purchases_refund ENABLE TRIGGER purchases_refund_append_only;
"""
# Refunds of all kinds are one list, sorted by their ids.
RENAME = """
    UPDATE purchases_waitingrefund SET id = 'refund' || substr(id, length('waiting') + 1) WHERE id LIKE 'waiting\\_%'
"""


class Migration(migrations.Migration):
    dependencies = [("purchases", "0013_refused_refunds")]
    operations = [
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(RENAME, migrations.RunSQL.noop),
    ]
