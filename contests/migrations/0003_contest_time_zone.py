from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0002_append_only"),
    ]

    operations = [
        migrations.AddField(
            model_name="contest",
            name="time_zone",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="For the dates of the contest and its rules. Leave empty for the team's.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
    ]
