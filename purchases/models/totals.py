"""Totals of purchases, counted regularly, so that a request does not count a long list."""

from django.db import models

from blitzrocket.ids import LENGTH
from blitzrocket.model_fields import ExactJSONField
from contests.models import Contest


class PurchaseTotals(models.Model):
    """The totals of a contest's purchases by the last count. Only a chore writes the row."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="+")
    # Recorded here, and imported from another service; the other columns count only the former.
    purchases = models.PositiveBigIntegerField("purchases")
    imported_purchases = models.PositiveBigIntegerField("imported purchases")
    refunded_purchases = models.PositiveBigIntegerField("refunded purchases")
    points_awarded = models.BigIntegerField("points awarded")
    revenue = ExactJSONField("revenue by currency", default=dict)
    # Of these totals and those of entries. Rows with ids from these digits on may not be counted yet.
    counted_at = models.DateTimeField("counted")
    counted_to = models.CharField(max_length=LENGTH, db_collation="C", editable=False)

    class Meta:
        verbose_name = "purchase totals"
        verbose_name_plural = "purchase totals"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.counted_at:%Y-%m-%d %H:%M}"

    @property
    def all_purchases(self) -> int:
        """The number of purchases with imported ones."""
        return self.purchases + self.imported_purchases
