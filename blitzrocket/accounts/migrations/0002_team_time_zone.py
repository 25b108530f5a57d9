from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="team",
            name="time_zone",
            field=models.CharField(
                db_default="UTC",
                help_text="For the dates of contests that have no time zone of their own.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
    ]
