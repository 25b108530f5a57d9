"""The bodies and responses of the refund endpoints."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blitzrocket.api.fields import MoneyField, TextField, TimestampField
from blitzrocket.audit.models import MAX_REASON_LENGTH
from contests.api.serializers import DifferenceSerializer
from purchases.api.order_fields import AmountField, CurrencyCodeField, OrderBodySerializer, OrderIdField
from purchases.models import money_of


class RefundSerializer(serializers.Serializer):
    refundId = serializers.CharField(source="refund_id", help_text="Your refund ID.")
    amount = MoneyField(source="money", help_text="Amount refunded, with the currency’s minor digits.")
    currency = serializers.CharField(help_text="ISO 4217 code.")
    pointsReversed = serializers.IntegerField(
        source="points_reversed", min_value=0, help_text="Points removed by the refund."
    )
    reason = serializers.CharField(help_text="Reason sent with the refund.")
    createdAt = TimestampField(source="received_at", help_text="Time at which the refund was received.")


@extend_schema_field({"type": "number"})
class RowMoneyField(serializers.Field):
    """The amount of a row with its currency; None where it has none."""

    def to_representation(self, row: dict[str, Any]) -> Decimal | None:
        return None if row["amount"] is None else money_of(row["amount"], row["currency"])


class RefundRowSerializer(serializers.Serializer):
    """An applied, pending or refused refund. Unknown values are absent."""

    refundId = serializers.CharField(source="refund_id", help_text="Your refund ID.")
    orderId = serializers.CharField(source="order_id", help_text="Your order ID.")
    purchaseId = serializers.CharField(
        source="row_purchase", required=False, help_text="ID of the purchase. Absent: the order is not recorded."
    )
    amount = RowMoneyField(
        source="*",
        required=False,
        help_text="Amount refunded; of a pending or refused refund, as sent. Absent: the full remaining amount, or an "
        "amount that could not be read.",
    )
    currency = serializers.CharField(
        required=False, help_text="ISO 4217 code. Absent: a pending or refused refund was sent without one."
    )
    pointsReversed = serializers.IntegerField(
        source="row_points", min_value=0, help_text="Points removed by the refund."
    )
    reason = serializers.CharField(help_text="Reason sent with the refund.")
    state = serializers.ChoiceField(
        ["applied", "pending", "refused"],
        source="row_state",
        help_text="State: applied, pending (its order is not recorded yet) or refused.",
    )
    problem = serializers.CharField(source="row_problem", required=False, help_text="Why the refund was refused.")
    createdAt = TimestampField(source="received_at", help_text="Time at which the refund was first received.")

    def to_representation(self, row: dict[str, Any]) -> dict[str, Any]:
        optional = ("purchaseId", "amount", "currency", "problem")
        values = super().to_representation(row)
        return {name: value for name, value in values.items() if name not in optional or value not in (None, "")}


class RefundOrderSerializer(OrderBodySerializer):
    orderId = OrderIdField(help_text="Your ID of the order to refund.")
    refundId = OrderIdField("your id of the refund", help_text="Your refund ID. Sending it again changes nothing.")
    amount = AmountField(
        "an amount, or leave it out to refund all that is left",
        required=False,
        null="refused",
        help_text="Amount to refund. Absent: the full remaining amount.",
    )
    currency = CurrencyCodeField(
        required=False, help_text="ISO 4217 code; must be the order’s currency. Default: the order’s currency."
    )
    reason = TextField(max_length=MAX_REASON_LENGTH, required=False, help_text="Reason, visible to your team.")


class RefundedSerializer(serializers.Serializer):
    """The result of a refund."""

    refundId = serializers.CharField(help_text="Your refund ID.")
    purchaseId = serializers.CharField(help_text="ID of the purchase.")
    entryId = serializers.CharField(help_text="ID of the entry.")
    amount = MoneyField(help_text="Amount refunded.")
    pointsReversed = serializers.IntegerField(min_value=0, help_text="Points removed by the refund.")
    alreadyExists = serializers.BooleanField(help_text="Whether it already existed before this request.")
    message = serializers.CharField(help_text="Result as a sentence.")
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text="By field: how the request differs from the recorded refund, for a duplicate or where the amount "
        "exceeded the remaining amount by rounding.",
    )
