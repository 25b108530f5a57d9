"""Daily stats, rolled up hour by hour; later hours are read from the rows themselves."""

from django.db import models
from django.db.models import Q

from blitzrocket.ids import MAX_LENGTH
from contests.models import Contest
from contests.models.fields import ContestForeignKey, ContestRow


class DailyStat(ContestRow):
    """One figure of a contest's day (UTC). Only the roll-up writes it, never a record call.

    The meaning of ``key``, ``count`` and ``amount`` depends on the figure: see `Figure`.
    """

    class Figure(models.TextChoices):
        PURCHASES = "purchases", "Purchases, and their points awarded"
        REVENUE = "revenue", "By currency: purchases, and their revenue net of refunds"
        RULE = "rule", "By rule: purchases matched, and points before rounding and caps"
        RULE_SET = "rule_set", "By rule set: purchases scored, and their points awarded"
        LEDGER = "ledger", "By kind: ledger lines, and their points"
        ENTRIES = "entries", "New entries"
        DUPLICATES = "duplicates", "Duplicates received, and orders that had any"

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    day = models.DateField("day")
    figure = models.CharField("figure", max_length=10, choices=Figure)
    key = models.CharField("key", max_length=MAX_LENGTH, blank=True, db_collation="C")
    count = models.BigIntegerField("count")
    amount = models.DecimalField("amount", max_digits=40, decimal_places=10)

    class Meta:
        verbose_name = "daily stat"
        verbose_name_plural = "daily stats"
        constraints = [
            models.UniqueConstraint(fields=["contest", "day", "figure", "key"], name="dailystat_unique_figure"),
            models.CheckConstraint(
                condition=Q(figure__in=["purchases", "revenue", "rule", "rule_set", "ledger", "entries", "duplicates"]),
                name="dailystat_figure_known",
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="dailystat_count_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.key}".strip()


class RollupCursor(models.Model):
    """How far a contest's stats are rolled up; the row is locked while more is rolled up."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="+")
    until = models.DateTimeField("rolled up until")

    class Meta:
        verbose_name = "roll-up cursor"
        verbose_name_plural = "roll-up cursors"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.until:%Y-%m-%d %H:%M}"


class DuplicateCount(ContestRow):
    """How often one order was received again on one day (UTC); a row of its own, so that orders do not queue for it."""

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    day = models.DateField("day")
    purchase = ContestForeignKey(
        "purchases.Purchase", models.PROTECT, db_index=False, related_name="+", verbose_name="purchase"
    )
    times = models.PositiveIntegerField("times")

    class Meta:
        verbose_name = "duplicate count"
        verbose_name_plural = "duplicate counts"
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "day", "purchase"], name="duplicatecount_unique_day_of_a_purchase"
            ),
            models.CheckConstraint(condition=Q(times__gt=0), name="duplicatecount_counts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.purchase_id}: {self.times}"
