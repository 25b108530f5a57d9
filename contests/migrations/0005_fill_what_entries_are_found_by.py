from itertools import islice
from typing import Any

from django.db import migrations

from contests.identity import Email, words_of

AT_ONCE = 2000


def fill(apps: Any, schema_editor: Any) -> None:
    """Near keys and words of names are computed in Python, so the database cannot fill them in by itself."""
    entry_model, word_model = apps.get_model("contests", "Entry"), apps.get_model("contests", "NameWord")
    rows = entry_model.objects.iterator(AT_ONCE)
    while entries := list(islice(rows, AT_ONCE)):
        for entry in entries:
            entry.near_key = Email(entry.email, entry.email_key).near_key
        entry_model.objects.bulk_update(entries, ["near_key"])
        word_model.objects.bulk_create(
            word_model(contest_id=entry.contest_id, entry_id=entry.pk, word=word)
            for entry in entries
            for word in words_of(entry.name)
        )


class Migration(migrations.Migration):
    dependencies = [("contests", "0004_support_desk")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
