"""The bodies and responses of the purchase, sign-up and analytics endpoints."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blitzrocket.api.fields import MoneyField, TextField, TimestampField
from blitzrocket.api.serializers import BodySerializer
from blitzrocket.audit.models import MAX_REASON_LENGTH
from contests.api.serializers import (
    AddressField,
    CreateEntrySerializer,
    DifferenceSerializer,
    EntryFiguresSerializer,
    ExplanationSerializer,
)
from contests.scoring import ZeroReason
from purchases.api.order_fields import (
    AmountField,
    CurrencyCodeField,
    OrderBodySerializer,
    OrderIdField,
    PurchasedAtField,
    read_amount,
)
from purchases.api.refund_serializers import RefundSerializer
from purchases.models import Purchase, RecalculatedAward

DEFAULT_CURRENCY = "USD"
INVALID_ORDER = "Missing or invalid email, orderId, or amount"


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
        currency = attrs["currency"] = attrs.get("currency") or DEFAULT_CURRENCY
        attrs["amount"] = read_amount(attrs["amount"], currency)
        return attrs


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


class VoidPurchaseSerializer(BodySerializer):
    reason = TextField(
        "why it is voided", min_length=1, max_length=MAX_REASON_LENGTH, help_text="Reason, visible to your team."
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
