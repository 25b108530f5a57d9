"""An index by contest and id, made while entries are written."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("contests", "0023_contest_totals"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="entry",
            index=models.Index(fields=["contest", "id"], name="entry_by_contest"),
        ),
    ]
