"""Refunds: made, pending until their order is recorded, or refused."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q

from apikeys.models import ApiKey
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.ids import id_field
from contests.models import Contest
from contests.models.fields import ContestForeignKey, ContestRow
from contests.money import in_minor_units, show_amount
from contests.rule_text import plain
from purchases.models.order import MAX_ORDER_KEY_LENGTH, order_id_field, order_key_field
from purchases.models.purchase import Purchase

MAX_REFUND_ID_LENGTH = 255
MAX_PROBLEM_LENGTH = 500


def money_of(amount: Decimal, currency: str) -> Decimal:
    """An amount with its currency's minor digits, or without trailing zeros where the currency is unknown."""
    return in_minor_units(amount, currency) if currency else plain(amount)


def refund_id_field() -> "models.CharField[str, str]":
    return models.CharField(
        "refund ID", max_length=MAX_REFUND_ID_LENGTH, db_collation="C", help_text="As the shop sent it."
    )


class Refund(ContestRow):
    """A refund that was made. The database refuses to change or delete it; its points are a ledger line.

    One that was pending or refused before takes over that row's id and time, so that it keeps its place in the list of
    all refunds.
    """

    id = id_field("refund")
    contest = models.ForeignKey(Contest, models.PROTECT, db_index=False, related_name="+", verbose_name="contest")
    purchase = ContestForeignKey(
        Purchase, models.PROTECT, db_index=False, related_name="refunds", verbose_name="purchase"
    )
    order_id = order_id_field()
    refund_id = refund_id_field()
    refund_key = models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
    amount = models.DecimalField("amount", max_digits=16, decimal_places=4)
    currency = models.CharField("currency", max_length=3)
    points_reversed = models.BigIntegerField("points removed")
    reason = models.CharField("reason", max_length=MAX_REASON_LENGTH, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="by"
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="API key"
    )
    received_at = models.DateTimeField("received")
    created_at = models.DateTimeField("refunded", auto_now_add=True)

    class Meta:
        verbose_name = "refund"
        verbose_name_plural = "refunds"
        ordering = ["id"]
        indexes = [
            models.Index(fields=["contest", "refund_key"], name="refund_by_contest_and_key"),
            models.Index(fields=["contest", "id"], name="refund_by_contest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "purchase", "refund_id"], name="refund_unique_refund_per_purchase"
            ),
            models.CheckConstraint(condition=~Q(refund_id=""), name="refund_id_not_empty"),
            models.CheckConstraint(condition=~Q(order_id=""), name="refund_order_id_not_empty"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive"),
            models.CheckConstraint(condition=Q(points_reversed__gte=0), name="refund_points_not_negative"),
        ]

    def __str__(self) -> str:
        return self.refund_id

    @property
    def money(self) -> Decimal:
        """The amount with its currency's minor digits."""
        return in_minor_units(self.amount, self.currency)


class PendingRefund(ContestRow):
    """A refund whose order is not recorded yet, or that was refused; one row per order and refund id.

    A pending one is applied once its order is recorded, also where it was dismissed.
    """

    class State(models.TextChoices):
        PENDING = "pending", "Pending"
        APPLIED = "applied", "Applied"
        REFUSED = "refused", "Refused"

    OPEN = (State.PENDING, State.REFUSED)

    id = id_field("refund")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="pending_refunds", verbose_name="contest"
    )
    order_id = order_id_field()
    order_key = order_key_field()
    refund_id = refund_id_field()
    refund_key = models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
    amount = models.DecimalField(
        "amount", max_digits=16, decimal_places=4, null=True, help_text="Empty: the full remaining amount."
    )
    currency = models.CharField("currency", max_length=3, blank=True, help_text="Empty: the order's currency.")
    reason = models.CharField("reason", max_length=MAX_REASON_LENGTH, blank=True)
    state = models.CharField("state", max_length=7, choices=State, default=State.PENDING)
    problem = models.CharField("problem", max_length=MAX_PROBLEM_LENGTH, blank=True)
    is_dismissed = models.BooleanField("dismissed", default=False)
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name="API key"
    )
    received_at = models.DateTimeField("received")

    class Meta:
        verbose_name = "pending refund"
        verbose_name_plural = "pending refunds"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contest", "order_key"], name="pendingrefund_by_order_key"),
            models.Index(fields=["contest", "refund_key"], name="pendingrefund_by_refund_key"),
            models.Index(fields=["contest", "id"], condition=Q(state="pending"), name="pendingrefund_pending"),
            models.Index(fields=["contest", "id"], condition=Q(state="refused"), name="pendingrefund_refused"),
            models.Index(
                fields=["contest", "api_key", "received_at"],
                condition=Q(state="refused"),
                name="pendingrefund_refused_by_key",
            ),
            models.Index(
                fields=["contest", "state"],
                condition=Q(state__in=["pending", "refused"], is_dismissed=False),
                name="pendingrefund_open",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest", "order_id", "refund_id"], name="pendingrefund_unique_refund_per_order"
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gt=0) | Q(state="refused"), name="pendingrefund_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(currency="") | Q(currency__regex="^[A-Z]{3}$"), name="pendingrefund_currency_is_a_code"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "applied", "refused"]), name="pendingrefund_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.refund_id

    @property
    def money(self) -> Decimal | None:
        """The amount as received; None: the full remaining amount, or unreadable."""
        return None if self.amount is None else money_of(self.amount, self.currency)

    @property
    def amount_in_words(self) -> str:
        """The amount with its currency; empty where it may have been unreadable."""
        if self.money is not None:
            return show_amount(self.money, self.currency)
        return "" if self.state == self.State.REFUSED else "full remaining amount"

    @property
    def is_open(self) -> bool:
        """Whether it needs attention."""
        return self.state in self.OPEN and not self.is_dismissed
