"""Duplicates that differ from the recorded order."""

from django.db import models
from django.db.models import Q

from blitzrocket.emails import MAX_EMAIL_LENGTH
from contests.models import Contest
from contests.models.fields import ContestForeignKey, ContestRow
from purchases.models.purchase import Purchase


class DifferingDuplicate(ContestRow):
    """An order that was received again with another amount, currency or email; one row per order and values.

    A purchase has the latest ones only; see `purchases.services.duplicates`.
    """

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    purchase = ContestForeignKey(
        Purchase, models.PROTECT, db_index=False, related_name="differing_duplicates", verbose_name="purchase"
    )
    email = models.CharField("email as sent", max_length=MAX_EMAIL_LENGTH, db_collation="C")
    amount = models.DecimalField("amount", max_digits=16, decimal_places=4)
    currency = models.CharField("currency", max_length=3)
    times = models.PositiveIntegerField("receipts")
    first_received_at = models.DateTimeField("first received")
    last_received_at = models.DateTimeField("last received")

    class Meta:
        verbose_name = "differing duplicate"
        verbose_name_plural = "differing duplicates"
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "purchase", "email", "amount", "currency"], name="differingduplicate_unique_values"
            ),
            models.CheckConstraint(condition=Q(times__gt=0), name="differingduplicate_counts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.purchase_id}: {self.amount} {self.currency} {self.email}"
