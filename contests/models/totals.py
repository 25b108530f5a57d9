"""What a contest has in all, counted now and then: a long list is not counted to say how long it is."""

from typing import Any

from django.db import models

from blitzrocket.ids import LENGTH
from blitzrocket.strict_json import ExactDecoder, ExactEncoder
from contests.models.contest import Contest

EXACT_BELOW = 10_000  # of entries, or of purchases: so many are counted whenever somebody asks


class ContestTotals(models.Model):
    """A contest's totals as they were counted last. Only a chore writes the row, no call that records anything."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="totals")
    entries = models.PositiveBigIntegerField("entries")
    confirmed_entries = models.PositiveBigIntegerField("confirmed entries")
    disqualified_entries = models.PositiveBigIntegerField("disqualified entries")
    points = models.BigIntegerField("points")
    highest_points = models.BigIntegerField("highest points")
    # Those recorded here, and those that were brought along from another service, which no other figure counts.
    purchases = models.PositiveBigIntegerField("purchases")
    history_purchases = models.PositiveBigIntegerField("purchases from elsewhere")
    refunded_purchases = models.PositiveBigIntegerField("refunded purchases")
    points_awarded = models.BigIntegerField("points awarded")
    revenue: "models.JSONField[Any, Any]" = models.JSONField(
        "revenue by currency", default=dict, encoder=ExactEncoder, decoder=ExactDecoder
    )
    counted_at = models.DateTimeField("counted")
    # Rows with ids from these digits on may not be counted.
    counted_to = models.CharField(max_length=LENGTH, db_collation="C", editable=False)

    class Meta:
        verbose_name = "contest totals"
        verbose_name_plural = "contest totals"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.counted_at:%Y-%m-%d %H:%M}"

    @property
    def has_many_entries(self) -> bool:
        """Whether its figures of entries are used; those of fewer are counted."""
        return self.entries >= EXACT_BELOW

    @property
    def has_many_purchases(self) -> bool:
        """The same for purchases."""
        return self.purchases + self.history_purchases >= EXACT_BELOW
