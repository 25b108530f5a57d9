from django.db import migrations, models


class Migration(migrations.Migration):
    """What 0005 filled in is required from here on, and the audit is as little to be changed as the ledger."""

    dependencies = [("contests", "0005_fill_what_entries_are_found_by")]

    operations = [
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("email", ""), ("email_key", ""), ("near_key", "")),
                    models.Q(
                        models.Q(("email", ""), _negated=True),
                        models.Q(("email_key", ""), _negated=True),
                        models.Q(("near_key", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="entry_email_has_its_keys",
            ),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER contests_auditline_append_only BEFORE UPDATE OR DELETE ON contests_auditline "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER contests_auditline_append_only ON contests_auditline",
        ),
    ]
