"""The bodies and responses of the purchase and refund endpoints."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from blitzrocket.api.exceptions import ApiError, details_of
from blitzrocket.api.fields import (
    MoneyField,
    StrictField,
    TextField,
    TimestampField,
    refuse,
    text_pattern,
    trimmed_pattern,
)
from blitzrocket.api.schema import ErrorDetailSerializer
from blitzrocket.api.serializers import BodySerializer, RowsField
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.datetimes import PATTERN, parse_rfc3339
from contests.api.serializers import (
    AddressField,
    CreateEntrySerializer,
    DifferenceSerializer,
    EntryFiguresSerializer,
    ExplanationSerializer,
)
from contests.money import MAX_AMOUNT, AmountNotPositive, AmountTooLarge, InvalidCurrency, payable_amount, read_currency
from contests.scoring import ZeroReason
from purchases.api.exceptions import AmountNotPositiveError
from purchases.models import MAX_ORDER_ID_LENGTH, Purchase, RecalculatedAward, money_of

DEFAULT_CURRENCY = "USD"
INVALID_ORDER = "Missing or invalid email, orderId, or amount"
MAX_IN_BATCH = 500
MAX_TO_RECONCILE = 1000
NOT_POSITIVE = "not_positive"
TOO_LARGE = MAX_AMOUNT + 1
MAX_AGE = timedelta(days=90)
RECONCILE_STATUSES = ("recorded", "different", "held", "rejected", "missing", "unknown", "invalid")
CLOCK_GRACE = timedelta(minutes=5)
ORDER_ID_TEXT: dict[str, Any] = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_ORDER_ID_LENGTH,
    "pattern": text_pattern(1),
}
ORDER_ID: dict[str, Any] = {"oneOf": [ORDER_ID_TEXT, {"type": "integer"}]}


class OrderIdField(TextField):
    """1 to 255 characters; a JSON integer is taken as its decimal text."""

    schema: ClassVar[dict[str, Any]] = ORDER_ID

    def __init__(self, what: str = "your order id", **options: Any) -> None:
        super().__init__(what, min_length=1, max_length=MAX_ORDER_ID_LENGTH, **options)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, str):
            return super().to_internal_value(data)
        if isinstance(data, bool) or not isinstance(data, int):
            raise refuse(f"The {self.field_name} must be a JSON string (an integer is taken too).")
        return super().to_internal_value(str(data))


@extend_schema_field({"type": "number", "exclusiveMinimum": 0, "maximum": int(MAX_AMOUNT)})
class AmountField(StrictField):
    """A JSON number, read as an exact decimal."""

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str):
            raise refuse("The amount must be a JSON number, without quotation marks: 49.99.")
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            raise refuse("The amount must be a JSON number.")
        amount = Decimal(data)
        if amount <= 0:
            raise refuse(str(AmountNotPositive()), NOT_POSITIVE)
        if amount >= TOO_LARGE:  # the exact limit is for the rounded amount
            raise refuse(str(AmountTooLarge()))
        return amount


@extend_schema_field({"type": "string", "pattern": trimmed_pattern("[A-Za-z]{3}")})
class CurrencyCodeField(StrictField):
    """An ISO 4217 code in any case. Empty text is refused: a shop that sends it has lost the order's currency."""

    empty_text_is_null = False

    def to_internal_value(self, data: Any) -> str:
        try:
            return read_currency(data if isinstance(data, str) else "")
        except InvalidCurrency as error:
            raise refuse(str(error)) from None


@extend_schema_field(
    {
        "type": "string",
        "pattern": trimmed_pattern(PATTERN, or_empty=True),
        "examples": ["2026-11-22T18:00:00Z", "2026-11-22T19:00:00.250+01:00"],
    }
)
class PurchasedAtField(StrictField):
    """A time with a zone, at most 90 days ago and not in the future."""

    def convert(self, data: Any, context: Mapping[str, Any]) -> datetime:
        now = context["received_at"]
        moment = parse_rfc3339(data) if isinstance(data, str) else None
        if moment is None:
            raise refuse("The purchasedAt must be a time as RFC 3339 writes it, with its zone: 2026-11-22T18:00:00Z.")
        if moment > now + CLOCK_GRACE:
            raise refuse("The purchasedAt lies in the future.")
        if moment < now - MAX_AGE:
            raise refuse(f"The purchasedAt lies more than {MAX_AGE.days} days back.")
        return moment


def read_amount(amount: Decimal, currency: str) -> Decimal:
    """The amount in the currency's minor units.

    Raises:
        ValidationError: it is not positive (code `NOT_POSITIVE`), or too large.
    """
    try:
        return payable_amount(amount, currency)
    except AmountNotPositive as error:
        raise serializers.ValidationError({"amount": refuse(str(error), NOT_POSITIVE).detail}) from None
    except AmountTooLarge as error:
        raise serializers.ValidationError({"amount": str(error)}) from None


class OrderBodySerializer(BodySerializer):
    # Not a docstring, which would be the description of each body in the OpenAPI document.
    # Where the only error is an amount of 0 or less, the response has a code of its own.
    @classmethod
    def to_error(cls, errors: Mapping[str, Sequence[ErrorDetail]]) -> ApiError:
        codes = [(field, error.code) for field, messages in errors.items() for error in messages]
        if codes == [("amount", NOT_POSITIVE)]:
            return AmountNotPositiveError(details=details_of(errors))
        return super().to_error(errors)


class RecordPurchaseSerializer(OrderBodySerializer):
    """An order to record."""

    # Its context holds ``received_at``, the time of the call.
    invalid_message = INVALID_ORDER

    email = AddressField(
        "the email address of the purchaser",
        help_text=(
            "Email address of the customer, matched with the contest's entries in any case. At most 64 "
            "characters before the @-sign, with dots anywhere."
        ),
    )
    orderId = OrderIdField(help_text="Your order ID, unique in the contest. An integer counts as its decimal text.")
    amount = AmountField(
        "the amount of the order",
        help_text="Amount of the order, greater than 0. Rounded half up to the currency’s minor unit.",
    )
    currency = CurrencyCodeField(
        required=False, help_text="ISO 4217 code of a currency with a minor unit, in any case. Default: USD."
    )
    purchasedAt = PurchasedAtField(
        required=False,
        help_text=(
            "Time at which the order was placed, at most 90 days ago. Rules apply as of this time. Default: now. "
            "RFC 3339 or ISO 8601 with a time zone; a leap second counts as the next second."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        currency = attrs.get("currency") or DEFAULT_CURRENCY
        return attrs | {"currency": currency, "amount": read_amount(attrs["amount"], currency)}


class BatchRequestSerializer(BodySerializer):
    """A batch of orders to record. Each is checked by itself."""

    purchases = RowsField(
        child=RecordPurchaseSerializer(),
        max_length=MAX_IN_BATCH,
        help_text="Orders, each as in a call of Record purchase.",
    )


REASON_CODE = "Why a new purchase earned 0 points: the first reason that applies. Absent for a duplicate."


@extend_schema_field(ExplanationSerializer)
class ExplanationField(serializers.Field):
    """An explanation as it is stored."""

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class RecordedSerializer(serializers.Serializer):
    """The result of recording an order."""

    # The record call makes the same members by hand, to be fast.

    purchaseId = serializers.CharField(help_text="ID of the purchase.")
    entryId = serializers.CharField(help_text="ID of the entry.")
    pointsAwarded = serializers.IntegerField(min_value=0, help_text="Points awarded. 0 for a duplicate.")
    alreadyExists = serializers.BooleanField(help_text="Whether it already existed before this request.")
    message = serializers.CharField(help_text="Result as a sentence.")
    reasonCode = serializers.ChoiceField(list(ZeroReason), required=False, help_text=REASON_CODE)
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text=(
            "By field: how a duplicate differs from the recorded order. For an order that was on hold: the purchasedAt "
            "of its first receipt, which applies."
        ),
    )
    explanation = ExplanationField(
        required=False, help_text="How the points were calculated. Present with `?explain=true`."
    )


class SignUpSerializer(CreateEntrySerializer):
    email = AddressField(help_text="Email address.")


class ReferralPointsSerializer(serializers.Serializer):
    """Points for a referral."""

    advocate = serializers.IntegerField(min_value=0, help_text="Points of the entry whose referral code was used.")
    friend = serializers.IntegerField(min_value=0, help_text="Points of the new entry.")


class SignedUpSerializer(serializers.Serializer):
    """The result of a sign-up."""

    entryId = serializers.CharField(source="entry.pk", help_text="ID of the entry.")
    email = serializers.CharField(source="entry.email", help_text="Email address of the entry.")
    alreadyExists = serializers.BooleanField(
        source="already_exists", help_text="Whether it already existed before this request."
    )
    isReferred = serializers.BooleanField(
        source="is_referred", help_text="Whether the entry was created with another entry's referral code."
    )
    pointsAwarded = ReferralPointsSerializer(
        source="points", help_text="Points of this request for the referral. 0 if it already existed."
    )


class PreviewSerializer(RecordedSerializer):
    """The response to recording the order now."""

    purchaseId = serializers.CharField(
        allow_null=True, help_text="ID of the purchase. null: the order is not recorded."
    )
    explanation = ExplanationField(help_text="How the points would be calculated.")


class PurchaseSerializer(serializers.Serializer):
    id = serializers.CharField(help_text="ID of the purchase.")
    orderId = serializers.CharField(source="order_id", help_text="Your order ID.")
    entryId = serializers.CharField(source="entry_id", help_text="ID of the entry.")
    email = serializers.CharField(help_text="Email address sent with the order.")
    amount = MoneyField(source="money", help_text="Amount of the order, with the currency’s minor digits.")
    currency = serializers.CharField(help_text="ISO 4217 code.")
    purchasedAt = TimestampField(source="purchased_at", help_text="Time at which the order was placed.")
    createdAt = TimestampField(source="created_at", help_text="Time at which the order was recorded.")
    status = serializers.ChoiceField(
        Purchase.Status.choices, help_text="Status: recorded, partially_refunded, refunded or voided."
    )
    pointsAwarded = serializers.IntegerField(
        source="points_awarded", min_value=0, help_text="Points awarded when the order was recorded."
    )
    pointsNow = serializers.IntegerField(
        source="points_now", min_value=0, help_text="Current points, after refunds, voids and recalculations."
    )
    refundedAmount = MoneyField(source="money_refunded", help_text="Sum of the refunds.")


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


class RecalculatedAwardSerializer(serializers.Serializer):
    """A purchase's award after its last recalculation."""

    recalculatedAt = TimestampField(source="created_at", help_text="Time of the recalculation.")
    pointsBefore = serializers.IntegerField(
        source="points_before", min_value=0, help_text="Points before the recalculation."
    )
    pointsAfter = serializers.IntegerField(
        source="points_after", min_value=0, help_text="Points after the recalculation."
    )
    explanation = serializers.SerializerMethodField(help_text="How the points were calculated.")

    @extend_schema_field(ExplanationSerializer)
    def get_explanation(self, recalculated_award: RecalculatedAward) -> dict[str, Any]:
        return recalculated_award.purchase.explain_recalculated(recalculated_award)


class PurchaseDetailSerializer(PurchaseSerializer):
    """A purchase with its refunds and how its points were calculated."""

    explanation = serializers.SerializerMethodField(help_text="How the points were calculated when it was recorded.")
    recalculation = RecalculatedAwardSerializer(
        source="recalculated_award", allow_null=True, help_text="Last recalculation. null: never recalculated."
    )
    refunds = RefundSerializer(many=True, help_text="Refunds, oldest first.")

    @extend_schema_field(ExplanationSerializer)
    def get_explanation(self, purchase: Purchase) -> dict[str, Any]:
        return purchase.explain()


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


class VoidPurchaseSerializer(BodySerializer):
    reason = TextField(
        "why it is voided", min_length=1, max_length=MAX_REASON_LENGTH, help_text="Reason, visible to your team."
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


class PurchaseFiguresSerializer(serializers.Serializer):
    count = serializers.IntegerField(min_value=0, help_text="Number of purchases, without imported ones.")
    refunded = serializers.IntegerField(min_value=0, help_text="Number of purchases refunded in part or in full.")
    pointsAwarded = serializers.IntegerField(min_value=0, help_text="Sum of the points awarded.")
    revenue = serializers.DictField(child=MoneyField(), help_text="Revenue by currency, net of refunds and voids.")


class AnalyticsSerializer(EntryFiguresSerializer):
    purchases = PurchaseFiguresSerializer(
        required=False, help_text="Statistics of purchases. Present with a private key."
    )
