"""Duplicates that differ from the recorded order, with their values."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0002_append_only"),
        ("purchases", "0002_append_only_and_unlogged"),
    ]

    operations = [
        migrations.CreateModel(
            name="DifferingDuplicate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.CharField(db_collation="C", max_length=254, verbose_name="email as sent")),
                ("amount", models.DecimalField(decimal_places=4, max_digits=16, verbose_name="amount")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("times", models.PositiveIntegerField(verbose_name="receipts")),
                ("first_received_at", models.DateTimeField(verbose_name="first received")),
                ("last_received_at", models.DateTimeField(verbose_name="last received")),
                (
                    "contest",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="contests.contest",
                        verbose_name="contest",
                    ),
                ),
                (
                    "purchase",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="differing_duplicates",
                        to="purchases.purchase",
                        verbose_name="purchase",
                    ),
                ),
            ],
            options={
                "verbose_name": "differing duplicate",
                "verbose_name_plural": "differing duplicates",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("contest", "purchase", "email", "amount", "currency"),
                        name="differingduplicate_unique_values",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("times__gt", 0)), name="differingduplicate_counts_something"
                    ),
                ],
            },
        ),
        # Rows are found by their contest and id, never by the id alone.
        migrations.RunSQL(
            "ALTER TABLE purchases_differingduplicate DROP CONSTRAINT purchases_differingduplicate_pkey, "
            "ADD PRIMARY KEY (contest_id, id)",
            "ALTER TABLE purchases_differingduplicate DROP CONSTRAINT purchases_differingduplicate_pkey, "
            "ADD PRIMARY KEY (id)",
        ),
        migrations.RunSQL(
            "ALTER TABLE purchases_differingduplicate "
            "ADD CONSTRAINT purchases_differingduplicate_purchase_id_same_contest "
            "FOREIGN KEY (contest_id, purchase_id) REFERENCES purchases_purchase (contest_id, id)",
            "ALTER TABLE purchases_differingduplicate "
            "DROP CONSTRAINT purchases_differingduplicate_purchase_id_same_contest",
        ),
    ]
