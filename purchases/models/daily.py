"""Figures of each day, added up once an hour is over; of the hours since then they are read from the rows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blitzrocket.ids import MAX_LENGTH
from contests.models import Contest


class DailyFigure(models.Model):
    """One figure of one day (UTC) of a contest. Only the roll-up writes it, hour by hour; no call that records does.

    What ``key``, ``count`` and ``amount`` are depends on the figure: see `Figure`.
    """

    class Figure(models.TextChoices):
        PURCHASES = "purchases", _("Purchases, and the points they were awarded")
        REVENUE = "revenue", _("By currency: purchases, and what was paid less what was given back that day")
        RULE = "rule", _("By rule: purchases that matched, and the points it gave before rounding and limits")
        RULE_SET = "rule_set", _("By rule set: purchases that it judged, and the points they were awarded")
        LEDGER = "ledger", _("By kind: ledger lines, and their points")
        ENTRIES = "entries", _("New entries")
        DUPLICATES = "duplicates", _("Times an order was sent again, and how many orders were")

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name=_("contest"))
    day = models.DateField(_("day"))
    figure = models.CharField(_("figure"), max_length=10, choices=Figure)
    key = models.CharField(_("of what"), max_length=MAX_LENGTH, blank=True, db_collation="C")
    count = models.BigIntegerField(_("how many"))
    amount = models.DecimalField(_("how much"), max_digits=40, decimal_places=10)

    class Meta:
        verbose_name = _("daily figure")
        verbose_name_plural = _("daily figures")
        constraints = [
            models.UniqueConstraint(fields=["contest", "day", "figure", "key"], name="dailyfigure_unique_figure"),
            models.CheckConstraint(
                condition=Q(figure__in=["purchases", "revenue", "rule", "rule_set", "ledger", "entries", "duplicates"]),
                name="dailyfigure_figure_known",
            ),
            models.CheckConstraint(condition=Q(count__gte=0), name="dailyfigure_count_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.figure} {self.key}".strip()


class RolledUp(models.Model):
    """How far a contest's figures are added up. Whoever adds up more holds the row meanwhile."""

    contest = models.OneToOneField(Contest, models.PROTECT, primary_key=True, related_name="+")
    until = models.DateTimeField(_("all hours before it are added up"))

    class Meta:
        verbose_name = _("roll-up")
        verbose_name_plural = _("roll-ups")

    def __str__(self) -> str:
        return f"{self.contest_id}: {self.until:%Y-%m-%d %H:%M}"


class DuplicateCount(models.Model):
    """How often one order was sent again on one day (UTC); a row of the order's own, which no other call writes."""

    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name=_("contest"))
    day = models.DateField(_("day"))
    purchase = models.ForeignKey(
        "purchases.Purchase", models.PROTECT, db_index=False, related_name="+", verbose_name=_("purchase")
    )
    times = models.PositiveIntegerField(_("times"))

    class Meta:
        verbose_name = _("duplicate count")
        verbose_name_plural = _("duplicate counts")
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "day", "purchase"], name="duplicatecount_unique_day_of_a_purchase"
            ),
            models.CheckConstraint(condition=Q(times__gt=0), name="duplicatecount_counts_something"),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.purchase_id}: {self.times}"
