"""Figures of each day, added up once an hour is over; of the hours since then they are read from the rows."""

from django.db import models
from django.db.models import Q

from blitzrocket.ids import MAX_LENGTH
from contests.models import Contest


class DailyStat(models.Model):
    """One figure of one day (UTC) of a contest. Only the roll-up writes it, hour by hour; no call that records does.

    What ``key``, ``count`` and ``amount`` are depends on the figure: see `Figure`.
    """

    class Figure(models.TextChoices):
        PURCHASES = "purchases", "Purchases, and the points they were awarded"
        REVENUE = "revenue", "By currency: purchases, and what was paid less what was given back that day"
        RULE = "rule", "By rule: purchases that matched, and the points it gave before rounding and limits"
        RULE_SET = "rule_set", "By rule set: purchases that it judged, and the points they were awarded"
        LEDGER = "ledger", "By kind: ledger lines, and their points"
        ENTRIES = "entries", "New entries"
        DUPLICATES = "duplicates", "Times an order was sent again, and how many orders were"

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    day = models.DateField("day")
    figure = models.CharField("figure", max_length=10, choices=Figure)
    key = models.CharField("of what", max_length=MAX_LENGTH, blank=True, db_collation="C")
    count = models.BigIntegerField("how many")
    amount = models.DecimalField("how much", max_digits=40, decimal_places=10)

    class Meta:
        verbose_name = "daily figure"
        verbose_name_plural = "daily figures"
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
    """How far a contest's figures are added up. Whoever adds up more holds the row meanwhile."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="+")
    until = models.DateTimeField("all hours before it are added up")

    class Meta:
        verbose_name = "roll-up"
        verbose_name_plural = "roll-ups"

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.until:%Y-%m-%d %H:%M}"


class DuplicateCount(models.Model):
    """How often one order was sent again on one day (UTC); a row of the order's own, which no other call writes."""

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    day = models.DateField("day")
    purchase = models.ForeignKey(
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
