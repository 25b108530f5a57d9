"""The ledger: what was added to and taken from an entry's points, line by line."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blitzrocket.ids import id_field
from contests.models.contest import Contest
from contests.models.entry import Entry


class PointTransaction(models.Model):
    """One signed line. The database refuses to change or delete it; a correction is another line.

    A line that undoes another (a void taken back) has its kind and the other sign.
    """

    class Kind(models.TextChoices):
        EARNED = "earned", _("Earned")
        REFUNDED = "refunded", _("Refunded")
        VOIDED = "voided", _("Voided")
        MOVED_OUT = "moved_out", _("Moved out")
        MOVED_IN = "moved_in", _("Moved in")
        RECALCULATED = "recalculated", _("Recalculated")
        ADJUSTED = "adjusted", _("Adjusted")
        BONUS = "bonus", _("Bonus")

    id = id_field("points")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name=_("contest"))
    entry = models.ForeignKey(Entry, models.PROTECT, db_index=False, related_name="ledger", verbose_name=_("entry"))
    number = models.PositiveIntegerField(_("no."), help_text=_("Counts the lines of an entry, from 1."))
    purchase = models.ForeignKey(
        "purchases.Purchase", models.PROTECT, null=True, related_name="ledger", verbose_name=_("purchase")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    points = models.BigIntegerField(_("points"))
    balance = models.BigIntegerField(_("balance"), help_text=_("The entry's points after this line."))
    undoes = models.ForeignKey(
        "self", models.PROTECT, null=True, db_index=False, related_name="undone_by", verbose_name=_("takes back")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    adjustment_id = models.CharField(
        _("adjustment id"),
        max_length=100,
        blank=True,
        db_collation="C",
        help_text=_("Each happens once."),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("by")
    )
    occurred_at = models.DateTimeField(_("happened at"))
    created_at = models.DateTimeField(_("written at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ledger line")
        verbose_name_plural = _("ledger")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "entry", "number"], name="pointtransaction_unique_number_per_entry"
            ),
            models.UniqueConstraint(
                fields=["contest", "purchase"],
                condition=Q(kind="earned"),
                name="pointtransaction_earned_once_per_purchase",
            ),
            models.UniqueConstraint(
                fields=["contest", "undoes"], condition=~Q(undoes=None), name="pointtransaction_undone_once"
            ),
            models.UniqueConstraint(
                fields=["contest", "entry", "adjustment_id"],
                condition=~Q(adjustment_id=""),
                name="pointtransaction_adjusted_once_per_id",
            ),
            models.CheckConstraint(condition=~Q(points=0), name="pointtransaction_moves_points"),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["earned", "moved_in", "bonus"], undoes=None, points__gt=0)
                    | Q(kind__in=["earned", "moved_in", "bonus"], undoes__isnull=False, points__lt=0)
                    | Q(kind__in=["refunded", "voided", "moved_out"], undoes=None, points__lt=0)
                    | Q(kind__in=["refunded", "voided", "moved_out"], undoes__isnull=False, points__gt=0)
                    | Q(kind__in=["recalculated", "adjusted"])
                ),
                name="pointtransaction_sign_matches_kind",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["adjusted", "bonus"], purchase=None)
                    | (~Q(kind__in=["adjusted", "bonus"]) & Q(purchase__isnull=False))
                ),
                name="pointtransaction_names_its_purchase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points:+d} {self.get_kind_display()}"
