"""What a contest has in all, counted now and then: a long list is not counted to say how long it is."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from blitzrocket.exact_json import ExactDecoder, ExactEncoder
from blitzrocket.ids import LENGTH
from contests.models.contest import Contest

EXACT_BELOW = 10_000  # of entries, or of purchases: so many are counted whenever somebody asks


class ContestTotals(models.Model):
    """A contest's totals as they were counted last. Only a chore writes the row, no call that records anything."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="totals")
    entries = models.PositiveBigIntegerField(_("entries"))
    confirmed_entries = models.PositiveBigIntegerField(_("confirmed entries"))
    disqualified_entries = models.PositiveBigIntegerField(_("disqualified entries"))
    points = models.BigIntegerField(_("points"))
    highest_points = models.BigIntegerField(_("highest points"))
    # Those recorded here, and those that were brought along from another service, which no other figure counts.
    purchases = models.PositiveBigIntegerField(_("purchases"))
    history_purchases = models.PositiveBigIntegerField(_("purchases from elsewhere"))
    refunded_purchases = models.PositiveBigIntegerField(_("refunded purchases"))
    points_awarded = models.BigIntegerField(_("points awarded"))
    revenue: "models.JSONField[Any, Any]" = models.JSONField(
        _("revenue by currency"), default=dict, encoder=ExactEncoder, decoder=ExactDecoder
    )
    counted_at = models.DateTimeField(_("counted"))
    # Rows with ids from these digits on may not be counted.
    counted_to = models.CharField(max_length=LENGTH, db_collation="C", editable=False)

    class Meta:
        verbose_name = _("contest totals")
        verbose_name_plural = _("contest totals")

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
