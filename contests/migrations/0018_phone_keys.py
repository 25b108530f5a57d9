from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contests", "0017_chores")]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="phone_key",
            field=models.CharField(blank=True, db_collation="C", default="", editable=False, max_length=121),
            preserve_default=False,
        ),
    ]
