"""Forget rejected attempts, and the addresses in them, when they are old."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from purchases.models import RefusalCount, RejectedPurchase, WaitingRefund


class Command(BaseCommand):
    help = (
        "Delete rejected attempts, waiting refunds and refusal counts that are older than REJECTED_PURCHASE_DAYS; "
        "run it once a day."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        before = timezone.now() - timedelta(days=settings.REJECTED_PURCHASE_DAYS)
        attempts, _ = RejectedPurchase.objects.filter(last_received_at__lt=before).delete()
        refunds, _ = WaitingRefund.objects.filter(received_at__lt=before).delete()
        counts, _ = RefusalCount.objects.filter(day__lt=before.date()).delete()
        self.stdout.write(
            f"Deleted {attempts} rejected attempts, {refunds} waiting refunds and {counts} counts "
            f"from before {before:%Y-%m-%d}."
        )
