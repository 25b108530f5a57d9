"""The body of a record call, field by field."""

import re
import unicodedata
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework import serializers

from contests.currencies import MAX_AMOUNT, MINOR_DIGITS, in_minor_units
from contests.identity import Email, InvalidEmail
from purchases.models import MAX_ORDER_ID_LENGTH
from purchases.services import NewPurchase

DEFAULT_CURRENCY = "USD"
NOT_POSITIVE = "not_positive"
TOO_MUCH = f"The amount must be at most {MAX_AMOUNT:,}."
LONGEST_AGO = timedelta(days=90)
CLOCK_GRACE = timedelta(minutes=5)
# ISO 8601 with date, time and zone; Python's own reader takes much that no shop sends.
_iso_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)", re.ASCII)


def _refuse(message: str, code: str = "invalid") -> serializers.ValidationError:
    return serializers.ValidationError(message, code=code)


class EmailField(serializers.Field):
    """A valid address of at most 254 characters; space around it is dropped."""

    default_error_messages = {
        "required": "Send the email address of the purchaser.",
        "null": "Send the email address of the purchaser.",
    }

    def to_internal_value(self, data: Any) -> Email:
        if not isinstance(data, str):
            raise _refuse("The email must be a JSON string.")
        try:
            return Email.parse(data)
        except InvalidEmail as error:
            raise _refuse(str(error)) from None


class OrderIdField(serializers.Field):
    """1 to 255 characters; a JSON integer is taken as its decimal text."""

    default_error_messages = {
        "required": "Send your system's id of the order.",
        "null": "Send your system's id of the order.",
    }

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool) or not isinstance(data, str | int):
            raise _refuse("The orderId must be a JSON string (an integer is taken too).")
        order_id = str(data).strip()
        if not 1 <= len(order_id) <= MAX_ORDER_ID_LENGTH:
            raise _refuse(f"The orderId must have 1 to {MAX_ORDER_ID_LENGTH} characters.")
        if any(unicodedata.category(character) == "Cc" for character in order_id):
            raise _refuse("The orderId must not hold control characters.")
        return order_id


class AmountField(serializers.Field):
    """A JSON number, read as an exact decimal."""

    default_error_messages = {"required": "Send the amount of the order.", "null": "Send the amount of the order."}

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, str):
            raise _refuse("The amount must be a JSON number, without quotation marks: 49.99.")
        if isinstance(data, bool) or not isinstance(data, int | Decimal):
            raise _refuse("The amount must be a JSON number.")
        amount = Decimal(data)
        if amount <= 0:
            raise _refuse("The amount must be greater than 0.", NOT_POSITIVE)
        # Judged by its exponent, so that no arithmetic is done on 1e999; the exact limit is for the rounded amount.
        if amount.adjusted() > MAX_AMOUNT.adjusted() + 1:
            raise _refuse(TOO_MUCH)
        return amount


class CurrencyField(serializers.Field):
    """An ISO 4217 code in any case."""

    def to_internal_value(self, data: Any) -> str:
        code = data.upper() if isinstance(data, str) and data.isascii() else ""
        if code not in MINOR_DIGITS:
            raise _refuse("The currency must be an ISO 4217 code, such as USD or EUR.")
        return code


class PurchasedAtField(serializers.Field):
    """ISO 8601 with a time zone, at most 90 days ago and not in the future."""

    def to_internal_value(self, data: Any) -> datetime:
        now = self.context["received_at"]
        moment = _read_moment(data)
        if moment is None:
            raise _refuse("The purchasedAt must be ISO 8601 with a time zone: 2026-11-22T18:00:00Z.")
        if moment > now + CLOCK_GRACE:
            raise _refuse("The purchasedAt lies in the future.")
        if moment < now - LONGEST_AGO:
            raise _refuse(f"The purchasedAt lies more than {LONGEST_AGO.days} days back.")
        return moment.astimezone(timezone.get_default_timezone())


class RecordPurchaseSerializer(serializers.Serializer):
    """Reads the body into a `NewPurchase`; the context holds ``received_at``."""

    email = EmailField()
    orderId = OrderIdField()
    amount = AmountField()
    currency = CurrencyField(required=False, allow_null=True)
    purchasedAt = PurchasedAtField(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        currency = attrs.get("currency") or DEFAULT_CURRENCY
        amount = in_minor_units(attrs["amount"], currency)
        if amount <= 0:
            zero = _refuse(f"The amount is 0 when rounded to the minor unit of {currency}.", NOT_POSITIVE)
            raise serializers.ValidationError({"amount": zero.detail})
        if amount > MAX_AMOUNT:
            raise serializers.ValidationError({"amount": TOO_MUCH})
        return attrs | {"currency": currency, "amount": amount}

    @property
    def order(self) -> NewPurchase:
        """What a valid body asks to record."""
        values = self.validated_data
        return NewPurchase(
            email=values["email"],
            order_id=values["orderId"],
            amount=values["amount"],
            currency=values["currency"],
            purchased_at=values.get("purchasedAt") or self.context["received_at"],
        )

    @property
    def only_fault_is_the_amount_not_positive(self) -> bool:
        codes = [(field, error.code) for field, errors in self.errors.items() for error in errors]
        return codes == [("amount", NOT_POSITIVE)]


def _read_moment(data: Any) -> datetime | None:
    if not isinstance(data, str) or not _iso_moment.fullmatch(data):
        return None
    try:
        return parse_datetime(data)
    except ValueError:
        return None
