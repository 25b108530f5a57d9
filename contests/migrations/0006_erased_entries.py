import django.contrib.postgres.operations
from django.db import migrations, models
from django.db.models import Q

# The trigger again, with the column that can be erased: see the migration of audit.
TRIGGER = """
    DROP TRIGGER contests_pointtransaction_append_only ON contests_pointtransaction;
    CREATE TRIGGER contests_pointtransaction_append_only BEFORE UPDATE OR DELETE ON contests_pointtransaction
    FOR EACH ROW EXECUTE FUNCTION refuse_change({})
"""


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0005_validate_referral_lines"),
        ("audit", "0007_erasing"),
    ]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="erased"),
        ),
        # The rows that exist are checked in the next migration, without a lock that stops recording.
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=~Q(email="") | ~Q(phone="") | Q(erased_at__isnull=False),
                name="entry_has_email_or_phone_or_is_erased",
                violation_error_message="An entry needs an email address or a phone number.",
            ),
        ),
        migrations.RunSQL(TRIGGER.format("'reason'"), TRIGGER.format("")),
    ]
