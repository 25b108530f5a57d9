"""Record the orders that wait although their entry is there."""

from typing import Any

from django.core.management.base import BaseCommand

from contests.models import Contest
from purchases.services import release_all_held_purchases


class Command(BaseCommand):
    help = (
        "Record held purchases whose entry is there: after an import, or when a process was ended between making an "
        "entry and recording what waited for it. Safe to run at any time; run it once a day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = sum(release_all_held_purchases(contest) for contest in Contest.objects.all())
        self.stdout.write(f"Recorded {count} purchases that had waited.")
