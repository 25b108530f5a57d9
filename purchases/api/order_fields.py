"""The fields of an order in the bodies of calls."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from blitzrocket.api.exceptions import ApiError, details_of
from blitzrocket.api.fields import StrictField, TextField, refuse, text_pattern, trimmed_pattern
from blitzrocket.api.serializers import BodySerializer
from blitzrocket.datetimes import PATTERN, parse_rfc3339
from contests.money import MAX_AMOUNT, AmountNotPositive, AmountTooLarge, InvalidCurrency, payable_amount, read_currency
from purchases.api.exceptions import AmountNotPositiveError
from purchases.models import MAX_ORDER_ID_LENGTH

NOT_POSITIVE = "not_positive"
ZERO = Decimal(0)
TOO_LARGE = MAX_AMOUNT + 1
MAX_AGE = timedelta(days=90)
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

    def __init__(self, noun: str = "your order id", **options: Any) -> None:
        super().__init__(noun, min_length=1, max_length=MAX_ORDER_ID_LENGTH, **options)

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
        if isinstance(data, bool) or not isinstance(data, (Decimal, int)):
            raise refuse("The amount must be a JSON number.")
        amount = data if isinstance(data, Decimal) else Decimal(data)
        if amount <= ZERO:
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
