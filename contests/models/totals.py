"""Totals of entries, counted regularly, so that a request does not count a long list."""

from django.db import models

from contests.models.contest import Contest

EXACT_BELOW = 10_000  # rows of a contest: fewer are counted on request


class EntryTotals(models.Model):
    """The totals of a contest's entries by the last count. Only a chore writes the row, so recording never waits."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="+")
    entries = models.PositiveBigIntegerField("entries")
    confirmed_entries = models.PositiveBigIntegerField("confirmed entries")
    disqualified_entries = models.PositiveBigIntegerField("disqualified entries")
    points = models.BigIntegerField("points")
    highest_points = models.BigIntegerField("highest points")

    class Meta:
        verbose_name = "entry totals"
        verbose_name_plural = "entry totals"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.entries} entries"
