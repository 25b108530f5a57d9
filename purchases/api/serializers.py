"""The bodies and responses of the purchase and refund endpoints."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from blitzrocket.api.exceptions import AmountNotPositiveError, ApiError, details_of
from blitzrocket.api.fields import (
    MoneyField,
    StrictField,
    TextField,
    TimestampField,
    refuse,
    text_pattern,
    trimmed_pattern,
)
from blitzrocket.api.schema import DetailSerializer, DifferenceSerializer
from blitzrocket.api.serializers import BodySerializer, RowsField
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.datetimes import PATTERN, parse_rfc3339
from contests.api.serializers import AddressField, EntryFiguresSerializer, ExplanationSerializer
from contests.explanation import in_order
from contests.money import MAX_AMOUNT, AmountNotPositive, AmountTooLarge, InvalidCurrency, payable_amount, read_currency
from contests.scoring import ZeroReason
from purchases.models import MAX_ORDER_ID_LENGTH, Purchase, RecalculatedAward, money_of

DEFAULT_CURRENCY = "USD"
INVALID_ORDER = "Missing or invalid email, orderId, or amount"
MAX_IN_BATCH = 500
MAX_TO_RECONCILE = 1000
NOT_POSITIVE = "not_positive"
MAX_AGE = timedelta(days=90)
RECONCILE_STATUSES = ("recorded", "different", "held", "rejected", "missing", "unknown", "invalid")
CLOCK_GRACE = timedelta(minutes=5)
ORDER_ID: dict[str, Any] = {
    "oneOf": [
        {"type": "string", "minLength": 1, "maxLength": MAX_ORDER_ID_LENGTH, "pattern": text_pattern(1)},
        {"type": "integer"},
    ]
}


class OrderIdField(TextField):
    """1 to 255 characters; a JSON integer is taken as its decimal text."""

    schema: ClassVar[dict[str, Any]] = ORDER_ID

    def __init__(self, what: str = "your order id", **options: Any) -> None:
        super().__init__(what, min_length=1, max_length=MAX_ORDER_ID_LENGTH, **options)

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool) or not isinstance(data, str | int):
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
        if amount >= MAX_AMOUNT + 1:  # the exact limit is for the rounded amount
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

    def to_internal_value(self, data: Any) -> datetime:
        now = self.context["received_at"]
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
    """The body of a record call; the context holds ``received_at``."""

    invalid_message = INVALID_ORDER

    email = AddressField(
        "the email address of the purchaser",
        help_text=(
            "The purchaser’s email address, matched to an entry of the contest in any case. At most 64 "
            "characters before the @-sign, where dots may stand anywhere."
        ),
    )
    orderId = OrderIdField(help_text="Your order id, unique in the contest. An integer is taken as its decimal text.")
    amount = AmountField(
        "the amount of the order",
        help_text="Greater than 0; read as an exact decimal and rounded half up to the currency’s minor unit.",
    )
    currency = CurrencyCodeField(
        required=False, help_text="ISO 4217 code of a currency with a minor unit, in any case. Absent or null: USD."
    )
    purchasedAt = PurchasedAtField(
        required=False,
        help_text=(
            "When the order was placed, at most 90 days ago. Absent, null or empty: now. Rules go by this "
            "time. RFC 3339, and other forms of ISO 8601 with a zone; a leap second is the next second."
        ),
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        currency = attrs.get("currency") or DEFAULT_CURRENCY
        return attrs | {"currency": currency, "amount": read_amount(attrs["amount"], currency)}


class BatchRequestSerializer(BodySerializer):
    """The body of a batch; its rows are read one by one, so that a faulty one stops no other."""

    purchases = RowsField(
        child=RecordPurchaseSerializer(),
        max_length=MAX_IN_BATCH,
        help_text="The orders, each as in a single call.",
    )


REASON_CODE = "Why a new purchase earned 0 points: the first that applies. A duplicate has none."


class RecordedSerializer(serializers.Serializer):
    """What became of an order."""

    purchaseId = serializers.CharField(help_text="The id of the purchase.")
    entryId = serializers.CharField(help_text="The id of the entry.")
    pointsAwarded = serializers.IntegerField(min_value=0, help_text="0 for a duplicate.")
    alreadyExists = serializers.BooleanField(help_text="Whether it existed before this call.")
    message = serializers.CharField(help_text="The result as a sentence.")
    reasonCode = serializers.ChoiceField(list(ZeroReason), required=False, help_text=REASON_CODE)
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text=(
            "By field: what of a duplicate differs from the order as it is recorded; for an order that was held, what "
            "its first receipt decided otherwise (purchasedAt)."
        ),
    )
    explanation = ExplanationSerializer(required=False, help_text="With ?explain=true: how the points were calculated.")


class PreviewSerializer(RecordedSerializer):
    """What recording the order now would answer."""

    purchaseId = serializers.CharField(allow_null=True, help_text="null where it is new.")
    explanation = ExplanationSerializer(help_text="How the points would be calculated.")


class PurchaseSerializer(serializers.Serializer):
    id = serializers.CharField(help_text="Its id.")
    orderId = serializers.CharField(source="order_id", help_text="Your order id.")
    entryId = serializers.CharField(source="entry_id", help_text="The id of the entry.")
    email = serializers.CharField(help_text="As it was sent with the order.")
    amount = MoneyField(source="money", help_text="With the currency’s minor digits.")
    currency = serializers.CharField(help_text="ISO 4217 code.")
    purchasedAt = TimestampField(source="purchased_at", help_text="When the order was placed.")
    createdAt = TimestampField(source="created_at", help_text="When it was recorded.")
    status = serializers.ChoiceField(
        Purchase.Status.choices, help_text="recorded, partially_refunded, refunded or voided."
    )
    pointsAwarded = serializers.IntegerField(
        source="points_awarded", min_value=0, help_text="Points it earned when it was recorded."
    )
    pointsNow = serializers.IntegerField(
        source="points_now", min_value=0, help_text="Points after refunds, voids and recalculations."
    )
    refundedAmount = MoneyField(source="money_refunded", help_text="Sum of all refunds.")


class RefundSerializer(serializers.Serializer):
    refundId = serializers.CharField(source="refund_id", help_text="Your id of the refund.")
    amount = MoneyField(source="money", help_text="With the currency’s minor digits.")
    currency = serializers.CharField(help_text="ISO 4217 code.")
    pointsReversed = serializers.IntegerField(
        source="points_reversed", min_value=0, help_text="Points removed, 0 or more."
    )
    reason = serializers.CharField(help_text="Why, as it was given.")
    createdAt = TimestampField(source="received_at", help_text="When it was received.")


@extend_schema_field({"type": "number"})
class RowMoneyField(serializers.Field):
    """The amount of a row with its currency; None where it has none."""

    def to_representation(self, row: dict[str, Any]) -> Decimal | None:
        return None if row["amount"] is None else money_of(row["amount"], row["currency"])


class RefundRowSerializer(serializers.Serializer):
    """A refund that is made, waits for its order or was refused; what is not known of it is not there."""

    refundId = serializers.CharField(source="refund_id", help_text="Your id of the refund.")
    orderId = serializers.CharField(source="order_id", help_text="Your order id.")
    purchaseId = serializers.CharField(
        source="row_purchase", required=False, help_text="The id of the purchase, where the order is recorded."
    )
    amount = RowMoneyField(
        source="*",
        required=False,
        help_text="The amount refunded; of one that is not made, as it was sent. Absent: all that is left, or not "
        "readable.",
    )
    currency = serializers.CharField(
        required=False, help_text="ISO 4217 code. Absent: none was sent with a refund that is not made."
    )
    pointsReversed = serializers.IntegerField(source="row_points", min_value=0, help_text="Points removed, 0 or more.")
    reason = serializers.CharField(help_text="Why, as it was given.")
    state = serializers.ChoiceField(
        ["applied", "pending", "refused"],
        source="row_state",
        help_text="Made, waiting for its order, or refused.",
    )
    problem = serializers.CharField(source="row_problem", required=False, help_text="Why it was refused.")
    createdAt = TimestampField(source="received_at", help_text="When it was first received.")

    def to_representation(self, row: dict[str, Any]) -> dict[str, Any]:
        optional = ("purchaseId", "amount", "currency", "problem")
        values = super().to_representation(row)
        return {name: value for name, value in values.items() if name not in optional or value not in (None, "")}


class RecalculatedAwardSerializer(serializers.Serializer):
    """A purchase's award after its last recalculation."""

    recalculatedAt = TimestampField(source="created_at", help_text="When it was recalculated.")
    pointsBefore = serializers.IntegerField(source="points_before", min_value=0, help_text="Its points before.")
    pointsAfter = serializers.IntegerField(source="points_after", min_value=0, help_text="Its points after.")
    explanation = serializers.SerializerMethodField(help_text="How the points were calculated.")

    @extend_schema_field(ExplanationSerializer)
    def get_explanation(self, recalculated_award: RecalculatedAward) -> dict[str, Any]:
        return in_order(recalculated_award.explanation)


class PurchaseDetailSerializer(PurchaseSerializer):
    """A purchase with its refunds and how its points were calculated."""

    explanation = serializers.SerializerMethodField(help_text="As it was recorded.")
    recalculation = RecalculatedAwardSerializer(
        source="recalculated_award", allow_null=True, help_text="Null: never recalculated."
    )
    refunds = RefundSerializer(many=True, help_text="Its refunds, the oldest first.")

    @extend_schema_field(ExplanationSerializer)
    def get_explanation(self, purchase: Purchase) -> dict[str, Any]:
        return in_order(purchase.explanation)


class RefundOrderSerializer(OrderBodySerializer):
    orderId = OrderIdField(help_text="Your order id, as it was recorded.")
    refundId = OrderIdField(
        "your id of the refund", help_text="Your id of the refund; sent again with it, nothing changes."
    )
    amount = AmountField(
        "an amount, or leave it out to refund all that is left",
        required=False,
        null="refused",
        help_text="Absent: the full remaining amount.",
    )
    currency = CurrencyCodeField(
        required=False, help_text="That of the order, which it is taken to be where absent or null."
    )
    reason = TextField(max_length=MAX_REASON_LENGTH, required=False, help_text="Why; your team sees it.")


class RefundedSerializer(serializers.Serializer):
    """What became of a refund."""

    refundId = serializers.CharField(help_text="Your id of the refund.")
    purchaseId = serializers.CharField(help_text="The id of the purchase.")
    entryId = serializers.CharField(help_text="The id of the entry.")
    amount = MoneyField(help_text="The amount refunded.")
    pointsReversed = serializers.IntegerField(min_value=0, help_text="Points removed, 0 or more.")
    alreadyExists = serializers.BooleanField(help_text="Whether it existed before this call.")
    message = serializers.CharField(help_text="The result as a sentence.")
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text="What differs from the refund as it is made: of one that is known, or where the amount exceeded what "
        "was left by rounding.",
    )


class VoidSerializer(BodySerializer):
    reason = TextField(
        "why it is voided", min_length=1, max_length=MAX_REASON_LENGTH, help_text="Why it is voided; your team sees it."
    )


class OrderToReconcileSerializer(OrderBodySerializer):
    """An order as the shop knows it; what is sent besides its id is compared."""

    orderId = OrderIdField(help_text="Your order id.")
    email = AddressField(required=False, help_text="Compared where it is sent.")
    amount = AmountField(required=False, help_text="Compared where it is sent.")
    currency = CurrencyCodeField(required=False, help_text="Compared where it is sent.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "amount" in attrs and "currency" in attrs:
            return attrs | {"amount": read_amount(attrs["amount"], attrs["currency"])}
        return attrs


class ReconcileRequestSerializer(BodySerializer):
    """The body of a reconciliation; its rows are read one by one."""

    orders = RowsField(
        child=OrderToReconcileSerializer(),
        max_length=MAX_TO_RECONCILE,
        help_text="The orders as your shop knows them.",
    )


class RowSerializer(serializers.Serializer):
    """What a batch or a reconciliation says of one row."""

    index = serializers.IntegerField(min_value=0, help_text="The row’s place in your list, from 0.")
    orderId = serializers.CharField(allow_null=True, help_text="Your order id.")
    purchaseId = serializers.CharField(required=False, help_text="The id of the purchase.")
    code = serializers.CharField(required=False, help_text="Why, for machines.")


class BatchRowSerializer(RowSerializer):
    status = serializers.ChoiceField(["recorded", "duplicate", "rejected"], help_text="What became of the row.")
    entryId = serializers.CharField(required=False, help_text="The id of the entry.")
    pointsAwarded = serializers.IntegerField(
        required=False, min_value=0, help_text="Points it earned when it was recorded."
    )
    differences = serializers.DictField(child=DifferenceSerializer(), required=False, help_text="As in a single call.")
    reasonCode = serializers.ChoiceField(list(ZeroReason), required=False, help_text=REASON_CODE)
    error = serializers.CharField(required=False, help_text="Why, in short.")
    details = DetailSerializer(many=True, required=False, help_text="Each faulty field of a rejected row.")


class ReconcileRowSerializer(RowSerializer):
    status = serializers.ChoiceField(RECONCILE_STATUSES, help_text="What is known of the order.")
    purchaseStatus = serializers.ChoiceField(
        Purchase.Status.choices, required=False, help_text="The state of the purchase, where there is one."
    )
    refundedAmount = MoneyField(required=False, help_text="What was refunded of it, in the purchase’s currency.")
    pendingRefunds = serializers.IntegerField(
        min_value=0, help_text="How many refunds wait for the order, which is not recorded yet."
    )
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text="What differs from the order as it is recorded, by field.",
    )
    details = DetailSerializer(many=True, required=False, help_text="Each faulty field of an invalid row.")


class BatchCountsSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(min_value=0, help_text="Rows recorded.")
    duplicate = serializers.IntegerField(min_value=0, help_text="Rows that were recorded before.")
    rejected = serializers.IntegerField(min_value=0, help_text="Rows rejected.")


class ReconcileCountsSerializer(serializers.Serializer):
    recorded = serializers.IntegerField(min_value=0, help_text="Rows recorded.")
    different = serializers.IntegerField(min_value=0, help_text="Rows that differ from what is recorded.")
    held = serializers.IntegerField(min_value=0, help_text="Rows on hold for their entry.")
    rejected = serializers.IntegerField(min_value=0, help_text="Rows rejected.")
    missing = serializers.IntegerField(min_value=0, help_text="Rows never received.")
    unknown = serializers.IntegerField(min_value=0, help_text="Rows of which nothing is kept.")
    invalid = serializers.IntegerField(min_value=0, help_text="Rows that could not be read.")


class BatchSerializer(serializers.Serializer):
    results = BatchRowSerializer(many=True, help_text="A result for each row, in your order.")
    counts = BatchCountsSerializer(help_text="How many rows have each status.")


class ReconciledSerializer(serializers.Serializer):
    results = ReconcileRowSerializer(many=True, help_text="A result for each row, in your order.")
    counts = ReconcileCountsSerializer(help_text="How many rows have each status.")
    incompleteSince = TimestampField(
        required=False,
        help_text=(
            "Only where the contest no longer keeps all that it received: the time of the first receipt that is not "
            "kept. An order that is not found is then unknown, not missing; one sent before this time never came."
        ),
    )


class PurchaseFiguresSerializer(serializers.Serializer):
    count = serializers.IntegerField(min_value=0, help_text="Number of purchases, without voided ones.")
    refunded = serializers.IntegerField(min_value=0, help_text="Purchases refunded in part or in full.")
    pointsAwarded = serializers.IntegerField(min_value=0, help_text="Total points awarded.")
    revenue = serializers.DictField(child=MoneyField(), help_text="Revenue by currency, net of refunds and voids.")


class AnalyticsSerializer(EntryFiguresSerializer):
    purchases = PurchaseFiguresSerializer(required=False, help_text="To a private key only.")
