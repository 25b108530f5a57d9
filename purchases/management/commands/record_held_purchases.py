"""The command that records held orders whose entry exists."""

from typing import Any

from django.core.management.base import BaseCommand

from purchases.services import release_all_held_purchases


class Command(BaseCommand):
    help = (
        "Record held orders whose entry is there: after an import, or when a process was ended between making an "
        "entry and recording what waited for it. The background process (manage.py run_jobs) does it once a minute."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Recorded {release_all_held_purchases()} purchases that had waited.")
