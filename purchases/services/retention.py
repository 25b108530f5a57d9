"""How long rejected orders are kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from purchases.models import RefusalCount, RejectedPurchase, WaitingRefund


@dataclass(frozen=True, slots=True)
class Deleted:
    """How much was deleted, from before when."""

    before: datetime
    rejected: int
    refunds: int
    counts: int


def delete_old_rejected_purchases() -> Deleted:
    """Delete rejected orders, pending refunds and counts older than ``REJECTED_PURCHASE_DAYS``."""
    before = timezone.now() - timedelta(days=settings.REJECTED_PURCHASE_DAYS)
    rejected, _by_model = RejectedPurchase.objects.filter(last_received_at__lt=before).delete()
    refunds, _by_model = WaitingRefund.objects.filter(received_at__lt=before).delete()
    counts, _by_model = RefusalCount.objects.filter(day__lt=before.date()).delete()
    return Deleted(before, rejected, refunds, counts)
