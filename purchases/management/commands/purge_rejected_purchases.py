"""The command that deletes old rejected orders, and the personal data in them."""

from typing import Any

from django.core.management.base import BaseCommand

from purchases.services import delete_old_rejected_purchases


class Command(BaseCommand):
    help = (
        "Delete rejected orders, pending refunds, stores' deliveries and rejection counts older than "
        "REJECTED_PURCHASE_DAYS, and held orders and failed deliveries by HELD_PURCHASE_DAYS. "
        "The background process (manage.py run_jobs) does this once an hour."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        deleted = delete_old_rejected_purchases()
        self.stdout.write(f"Deleted {deleted.held} held orders.")
        self.stdout.write(
            f"Deleted {deleted.rejected} rejected orders, {deleted.refunds} pending refunds, "
            f"{deleted.deliveries} deliveries and {deleted.counts} rejection counts from before "
            f"{deleted.before:%Y-%m-%d}."
        )
