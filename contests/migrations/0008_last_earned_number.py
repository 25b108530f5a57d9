from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contests", "0007_validate_erased_entries"),
    ]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="last_earned_number",
            field=models.IntegerField(db_default=0, default=0, editable=False),
        ),
    ]
