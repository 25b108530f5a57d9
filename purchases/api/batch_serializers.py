"""The bodies and responses of calls with a list of orders: batches and reconciliations."""

from typing import Any

from rest_framework import serializers

from blitzrocket.api.fields import MoneyField, TimestampField
from blitzrocket.api.schema import ErrorDetailSerializer
from blitzrocket.api.serializers import BodySerializer, RowsField
from contests.api.serializers import AddressField, DifferenceSerializer
from contests.scoring import ZeroReason
from purchases.api.order_fields import AmountField, CurrencyCodeField, OrderBodySerializer, OrderIdField, read_amount
from purchases.api.serializers import REASON_CODE, RecordPurchaseSerializer
from purchases.models import Purchase

MAX_IN_BATCH = 500
MAX_TO_RECONCILE = 1000
RECONCILE_STATUSES = ("recorded", "different", "held", "rejected", "missing", "unknown", "invalid")


class BatchRequestSerializer(BodySerializer):
    """A batch of orders to record. Each is checked by itself."""

    purchases = RowsField(
        child=RecordPurchaseSerializer(),
        max_length=MAX_IN_BATCH,
        help_text="Orders, each as in a call of Record purchase.",
    )


class OrderToReconcileSerializer(OrderBodySerializer):
    """An order of your shop. Its ID is required; other fields are compared if sent."""

    orderId = OrderIdField(help_text="Your order ID.")
    email = AddressField(required=False, help_text="Email address of the customer.")
    amount = AmountField(required=False, help_text="Amount of the order.")
    currency = CurrencyCodeField(required=False, help_text="ISO 4217 code.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "amount" in attrs and "currency" in attrs:
            return attrs | {"amount": read_amount(attrs["amount"], attrs["currency"])}
        return attrs


class ReconcileRequestSerializer(BodySerializer):
    """Orders to compare. Each is checked by itself."""

    orders = RowsField(
        child=OrderToReconcileSerializer(),
        max_length=MAX_TO_RECONCILE,
        help_text="Orders of your shop to compare.",
    )


class RowSerializer(serializers.Serializer):
    """The result of one row of a batch or a reconciliation."""

    index = serializers.IntegerField(min_value=0, help_text="Index of the row in your list, from 0.")
    orderId = serializers.CharField(allow_null=True, help_text="Your order ID.")
    purchaseId = serializers.CharField(required=False, help_text="ID of the purchase.")
    code = serializers.CharField(required=False, help_text="Error code.")


class BatchRowSerializer(RowSerializer):
    status = serializers.ChoiceField(
        ["recorded", "duplicate", "rejected"], help_text="Status: recorded, duplicate or rejected."
    )
    entryId = serializers.CharField(required=False, help_text="ID of the entry.")
    pointsAwarded = serializers.IntegerField(
        required=False, min_value=0, help_text="Points awarded when the order was recorded."
    )
    differences = serializers.DictField(
        child=DifferenceSerializer(), required=False, help_text="By field: as in a call of Record purchase."
    )
    reasonCode = serializers.ChoiceField(list(ZeroReason), required=False, help_text=REASON_CODE)
    error = serializers.CharField(required=False, help_text="Short name of the error.")
    details = ErrorDetailSerializer(many=True, required=False, help_text="Problems by field, for a rejected row.")


class ReconcileRowSerializer(RowSerializer):
    status = serializers.ChoiceField(RECONCILE_STATUSES, help_text="Status of the order.")
    purchaseStatus = serializers.ChoiceField(
        Purchase.Status.choices, required=False, help_text="Status of the purchase. Absent: not recorded."
    )
    refundedAmount = MoneyField(required=False, help_text="Sum of the refunds, in the purchase’s currency.")
    pendingRefunds = serializers.IntegerField(min_value=0, help_text="Number of pending refunds of the order.")
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text="By field: how the row differs from the recorded order.",
    )
    details = ErrorDetailSerializer(many=True, required=False, help_text="Problems by field, for an invalid row.")


class BatchCountsSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(min_value=0, help_text="Number of recorded rows.")
    duplicate = serializers.IntegerField(min_value=0, help_text="Number of rows that were already recorded.")
    rejected = serializers.IntegerField(min_value=0, help_text="Number of rejected rows.")


class ReconcileCountsSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(min_value=0, help_text="Number of recorded rows.")
    different = serializers.IntegerField(min_value=0, help_text="Number of rows that differ from the recorded order.")
    held = serializers.IntegerField(min_value=0, help_text="Number of rows on hold, waiting for an entry.")
    rejected = serializers.IntegerField(min_value=0, help_text="Number of rejected rows.")
    missing = serializers.IntegerField(min_value=0, help_text="Number of rows never received.")
    unknown = serializers.IntegerField(
        min_value=0, help_text="Number of rows not found where the contest’s records are incomplete."
    )
    invalid = serializers.IntegerField(min_value=0, help_text="Number of invalid rows.")


class BatchSerializer(serializers.Serializer):
    """The result of a batch."""

    # The call makes the same members by hand, to be fast.

    results = BatchRowSerializer(many=True, help_text="One result per row, in the order of your list.")
    counts = BatchCountsSerializer(help_text="Number of rows by status.")


class ReconciledSerializer(serializers.Serializer):
    results = ReconcileRowSerializer(many=True, help_text="One result per row, in the order of your list.")
    counts = ReconcileCountsSerializer(help_text="Number of rows by status.")
    incompleteSince = TimestampField(
        required=False,
        help_text=(
            "Time of the first receipt that is no longer stored. Absent: all are stored. With it, an order that is not "
            "found is unknown instead of missing. If you sent it before this time only, it never arrived."
        ),
    )
