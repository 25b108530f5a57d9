"""Refunds: money given back on a purchase, and those that came before their order."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apikeys.models import ApiKey
from blitzrocket.ids import id_field
from contests.currencies import in_minor_units
from contests.models import Contest
from contests.models.audit import MAX_REASON_LENGTH
from purchases.models.order import MAX_ORDER_KEY_LENGTH, order_id_field, order_key_field
from purchases.models.purchase import Purchase

MAX_REFUND_ID_LENGTH = 255


def refund_id_field() -> "models.CharField[str, str]":
    return models.CharField(
        _("refund id"), max_length=MAX_REFUND_ID_LENGTH, db_collation="C", help_text=_("The shop's own.")
    )


class Refund(models.Model):
    """Money given back. The database refuses to change or delete it; the points went with a line of the ledger."""

    id = id_field("refund")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name=_("contest"))
    purchase = models.ForeignKey(
        Purchase, models.PROTECT, db_index=False, related_name="refunds", verbose_name=_("purchase")
    )
    refund_id = refund_id_field()
    refund_key = models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    points_reversed = models.BigIntegerField(_("points taken back"))
    reason = models.CharField(_("reason"), max_length=MAX_REASON_LENGTH, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("by")
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("with the key")
    )
    received_at = models.DateTimeField(_("received"))
    created_at = models.DateTimeField(_("refunded"), auto_now_add=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        ordering = ["id"]
        indexes = [models.Index(fields=["contest", "refund_key"], name="refund_by_contest_and_key")]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "purchase", "refund_id"], name="refund_unique_refund_per_purchase"
            ),
            models.CheckConstraint(condition=~Q(refund_id=""), name="refund_id_not_empty"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=Q(points_reversed__gte=0), name="refund_points_not_negative"),
        ]

    def __str__(self) -> str:
        return self.refund_id

    @property
    def money(self) -> Decimal:
        """The amount with its currency's minor digits."""
        return in_minor_units(self.amount, self.currency)


class WaitingRefund(models.Model):
    """A refund whose order is not recorded; it is applied when the order appears."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waits for its order")
        APPLIED = "applied", _("Applied since")
        REFUSED = "refused", _("Could not be applied")

    id = id_field("waiting")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="waiting_refunds", verbose_name=_("contest")
    )
    order_id = order_id_field()
    order_key = order_key_field()
    refund_id = refund_id_field()
    refund_key = models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
    amount = models.DecimalField(
        _("amount"), max_digits=16, decimal_places=4, null=True, help_text=_("Empty: all that is left.")
    )
    reason = models.CharField(_("reason"), max_length=MAX_REASON_LENGTH, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=State, default=State.WAITING)
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("with the key")
    )
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("waiting refund")
        verbose_name_plural = _("waiting refunds")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contest", "order_key"], name="waitingrefund_by_order_key"),
            models.Index(fields=["contest", "refund_key"], name="waitingrefund_by_refund_key"),
            models.Index(fields=["contest"], condition=Q(state="waiting"), name="waitingrefund_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "order_id", "refund_id"], name="waitingrefund_unique_refund_per_order"
            ),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="waitingrefund_amount_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "applied", "refused"]), name="waitingrefund_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.refund_id
