"""Indexes from which lists are answered, made while purchases are recorded; the new ones before the old ones go."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("purchases", "0018_reversed_past_orders"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                fields=["contest", "id"],
                include=["currency", "status", "created_at", "purchased_at"],
                name="purchase_by_contest_and_id",
            ),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                fields=["contest", "purchased_at", "id"],
                include=["currency", "status", "created_at"],
                name="purchase_by_purchase_time",
            ),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(fields=["contest", "currency", "id"], name="purchase_by_currency"),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                fields=["contest", "status", "id"],
                include=["rule_set"],
                condition=~models.Q(status="recorded"),
                name="purchase_changed_by_status",
            ),
        ),
        RemoveIndexConcurrently(model_name="purchase", name="purchase_by_contest"),
        RemoveIndexConcurrently(model_name="purchase", name="purchase_changed_by_contest"),
    ]
