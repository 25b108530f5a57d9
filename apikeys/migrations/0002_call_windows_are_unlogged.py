"""Counts of the current minute need not survive a crash, and cost no write-ahead log."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("apikeys", "0001_initial")]

    operations = [
        migrations.RunSQL("ALTER TABLE apikeys_callwindow SET UNLOGGED", "ALTER TABLE apikeys_callwindow SET LOGGED")
    ]
