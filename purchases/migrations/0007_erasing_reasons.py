from django.db import migrations

# The trigger again, with the column that can be erased: see the migration of audit.
TRIGGER = """
    DROP TRIGGER purchases_refund_append_only ON purchases_refund;
    CREATE TRIGGER purchases_refund_append_only BEFORE UPDATE OR DELETE ON purchases_refund
    FOR EACH ROW EXECUTE FUNCTION refuse_change({})
"""


class Migration(migrations.Migration):
    dependencies = [
        ("purchases", "0006_outgoing_events"),
        ("audit", "0007_erasing"),
    ]

    operations = [migrations.RunSQL(TRIGGER.format("'reason'"), TRIGGER.format(""))]
