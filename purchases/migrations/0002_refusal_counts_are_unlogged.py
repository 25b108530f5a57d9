from django.db import migrations


class Migration(migrations.Migration):
    """A flood of refusals is not to fill the write-ahead log; counts may be lost in a crash of the database."""

    dependencies = [("purchases", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE purchases_refusalcount SET UNLOGGED", "ALTER TABLE purchases_refusalcount SET LOGGED"
        )
    ]
