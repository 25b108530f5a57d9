from django.db import migrations, models


class Migration(migrations.Migration):
    """What refunds and voids leave of a purchase cannot contradict itself, and a refund is never changed."""

    dependencies = [("purchases", "0004_fill_points_now")]

    operations = [
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("points_now__gte", 0)), name="purchase_points_now_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(("refunded_amount__gte", 0), ("refunded_amount__lte", models.F("amount"))),
                name="purchase_refunded_at_most_what_was_paid",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status", "voided"),
                    models.Q(("refunded_amount", 0), ("status", "recorded")),
                    models.Q(
                        ("refunded_amount__gt", 0),
                        ("refunded_amount__lt", models.F("amount")),
                        ("status", "partially_refunded"),
                    ),
                    models.Q(("refunded_amount", models.F("amount")), ("status", "refunded")),
                    _connector="OR",
                ),
                name="purchase_status_says_what_is_refunded",
            ),
        ),
        migrations.AddConstraint(
            model_name="purchase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status__in", ["voided", "refunded"]), _negated=True), ("points_now", 0), _connector="OR"
                ),
                name="purchase_without_points_when_given_back",
            ),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER purchases_refund_append_only BEFORE UPDATE OR DELETE ON purchases_refund "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
            "DROP TRIGGER purchases_refund_append_only ON purchases_refund",
        ),
    ]
