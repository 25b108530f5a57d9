"""Totals of contests, counted regularly, so that a request does not count a long list."""

from django.db import models

from blitzrocket.ids import LENGTH
from blitzrocket.model_fields import ExactJSONField
from contests.models.contest import Contest

EXACT_BELOW = 10_000  # entries or purchases: fewer are counted on request


class ContestTotals(models.Model):
    """A contest's totals of the last count. Only a chore writes the row, so that recording never waits for it."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="totals")
    entries = models.PositiveBigIntegerField("entries")
    confirmed_entries = models.PositiveBigIntegerField("confirmed entries")
    disqualified_entries = models.PositiveBigIntegerField("disqualified entries")
    points = models.BigIntegerField("points")
    highest_points = models.BigIntegerField("highest points")
    # Recorded here, and imported from another service; the other columns count only the former.
    purchases = models.PositiveBigIntegerField("purchases")
    history_purchases = models.PositiveBigIntegerField("purchases from elsewhere")
    refunded_purchases = models.PositiveBigIntegerField("refunded purchases")
    points_awarded = models.BigIntegerField("points awarded")
    revenue = ExactJSONField("revenue by currency", default=dict)
    counted_at = models.DateTimeField("counted")
    # Rows with ids from these digits on may not be counted yet.
    counted_to = models.CharField(max_length=LENGTH, db_collation="C", editable=False)

    class Meta:
        verbose_name = "contest totals"
        verbose_name_plural = "contest totals"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.counted_at:%Y-%m-%d %H:%M}"

    @property
    def has_many_entries(self) -> bool:
        """Whether the stored counts of entries are used instead of counting."""
        return self.entries >= EXACT_BELOW

    @property
    def has_many_purchases(self) -> bool:
        """Whether the stored counts of purchases are used instead of counting."""
        return self.purchases + self.history_purchases >= EXACT_BELOW
