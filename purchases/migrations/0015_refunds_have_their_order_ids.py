from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("purchases", "0014_fill_order_ids_of_refunds")]
    operations = [
        migrations.AddConstraint(
            model_name="refund",
            constraint=models.CheckConstraint(
                condition=models.Q(("order_id", ""), _negated=True), name="refund_order_id_not_empty"
            ),
        ),
    ]
