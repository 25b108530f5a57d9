from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # indexes of a table that grows are made concurrently

    dependencies = [("audit", "0002_append_only")]

    operations = [
        AddIndexConcurrently(
            "auditevent", models.Index(fields=["team_id", "action", "-created_at"], name="auditevent_by_action")
        ),
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                fields=["actor", "-created_at"], condition=models.Q(actor__isnull=False), name="auditevent_by_actor"
            ),
        ),
        AddIndexConcurrently(
            "auditevent",
            models.Index(
                fields=["api_key_id", "-created_at"], condition=~models.Q(api_key_id=""), name="auditevent_by_key"
            ),
        ),
    ]
