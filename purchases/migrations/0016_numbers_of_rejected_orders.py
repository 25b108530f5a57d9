from django.db import migrations, models


class Migration(migrations.Migration):
    """Rejected orders are numbered as they come; those that are there by the time of their first receipt."""

    dependencies = [("purchases", "0015_refunds_have_their_order_ids")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE purchases_rejectedpurchase_number", "DROP SEQUENCE purchases_rejectedpurchase_number"
        ),
        migrations.AddField(
            model_name="rejectedpurchase",
            name="number",
            field=models.BigIntegerField(
                db_default=models.Func(
                    models.Value("purchases_rejectedpurchase_number"),
                    function="nextval",
                    output_field=models.BigIntegerField(),
                ),
                editable=False,
            ),
        ),
        migrations.RunSQL(
            """
            UPDATE purchases_rejectedpurchase attempt SET number = numbered.number
            FROM (
                SELECT id, row_number() OVER (ORDER BY first_received_at, id) AS number FROM purchases_rejectedpurchase
            ) numbered WHERE numbered.id = attempt.id
            """,
            migrations.RunSQL.noop,
        ),
    ]
