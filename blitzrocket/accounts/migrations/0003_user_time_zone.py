from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_team_time_zone"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="For all times except a contest's dates. Leave empty for your browser's.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
    ]
