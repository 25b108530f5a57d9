from itertools import islice
from typing import Any

from django.db import migrations

from contests.identity import InvalidPhone, Phone

AT_ONCE = 2000
# Of several entries that have no address and the same number, the oldest is found by it; the others stay as they are.
KEEP_THE_OLDEST = """
    UPDATE contests_entry SET phone_key = ''
    FROM contests_entry older
    WHERE contests_entry.email_key = '' AND contests_entry.phone_key <> ''
        AND older.contest_id = contests_entry.contest_id AND older.phone_key = contests_entry.phone_key
        AND older.email_key = '' AND older.id < contests_entry.id
"""


def fill(apps: Any, schema_editor: Any) -> None:
    """Phone keys are computed in Python, so the database cannot fill them in by itself."""
    entry_model = apps.get_model("contests", "Entry")
    rows = entry_model.objects.exclude(phone="").only("phone").iterator(AT_ONCE)
    while entries := list(islice(rows, AT_ONCE)):
        for entry in entries:
            entry.phone_key = _key_of(entry.phone)
        entry_model.objects.bulk_update(entries, ["phone_key"])
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(KEEP_THE_OLDEST)


def _key_of(phone: str) -> str:
    try:
        return Phone.parse(phone).key
    except InvalidPhone:
        return ""


class Migration(migrations.Migration):
    dependencies = [("contests", "0018_phone_keys")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
