"""An index of acts by contest, made while acts are written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("contests", "0025_invitations"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="auditline",
            index=models.Index(fields=["contest", "created_at"], name="auditline_by_contest"),
        ),
    ]
