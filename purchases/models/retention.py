"""Since when a contest's records of received orders are incomplete."""

from django.db import models

from contests.models import Contest


class RetentionGap(models.Model):
    """Orders of a contest were deleted or not saved, so an order without a row may have been received.

    All orders first received before ``since`` are kept. The row is written when ``since`` moves back and when held
    orders are deleted, never for each call.
    """

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="+")
    since = models.DateTimeField("incomplete since")
    held_deleted = models.PositiveBigIntegerField("held orders deleted at the limit", default=0)
    held_deleted_at = models.DateTimeField("last deleted", null=True)

    class Meta:
        verbose_name = "retention gap"
        verbose_name_plural = "retention gaps"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.since:%Y-%m-%d %H:%M}"
