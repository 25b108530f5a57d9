"""What of a contest was not kept."""

from django.db import models

from contests.models import Contest


class RetentionGap(models.Model):
    """Something that a contest received is not kept, or no longer: an order that is not found may have been received.

    Whatever was first received before ``since`` is still here. The row is written when ``since`` becomes earlier and
    when held orders are deleted, never for each call that is not kept.
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
