"""The command that records held orders whose entry exists."""

from typing import Any

from django.core.management.base import BaseCommand

from purchases.services import release_all_held_purchases


class Command(BaseCommand):
    help = (
        "Record held orders whose entry exists, after an import or an interrupted process. The background process "
        "(manage.py run_jobs) does this once a minute."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Recorded {release_all_held_purchases()} held orders.")
