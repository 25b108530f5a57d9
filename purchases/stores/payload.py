"""Reading values from a store's body: each is of the expected type, or the delivery is unusable and says which."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from blitzrocket.strict_json import InvalidJSON, read
from blitzrocket.text import storable, trim
from contests.money import minor_unit
from purchases.stores.events import UnusableDelivery

MAX_DIGITS = 40  # of an amount as text; far more than any currency needs
LIMIT = Decimal(10) ** 20  # beyond any amount in any unit, and far from what decimal arithmetic can hold
MAX_REMEMBERED_PATHS = 500  # each provider has a few
FIRST_YEAR = 1970  # of stores; an earlier time is no time of a payment


def read_object(body: bytes) -> "Payload":
    """The JSON object of a body.

    Raises:
        UnusableDelivery: it is no JSON object.
    """
    try:
        value = read(body)
    except InvalidJSON as error:
        raise UnusableDelivery(str(error)) from None
    if not isinstance(value, dict):
        raise UnusableDelivery("The body must be a JSON object.")
    return Payload(value)


@lru_cache(MAX_REMEMBERED_PATHS)
def _names(path: str) -> list[str]:
    return path.split(".")


class Payload:
    """An object of the body; paths are dotted, such as ``total_price_set.shop_money.amount``."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def get(self, path: str) -> Any:
        """The value as sent; None where it is missing."""
        if "." not in path:
            return self._values.get(path)
        value: Any = self._values
        for name in _names(path):
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def text(self, *paths: str) -> str:
        """The first of these that is a text with characters, else empty."""
        for path in paths:
            value = self.get(path)
            if isinstance(value, str) and (text := trim(value)):
                return text
        return ""

    def identifier(self, path: str) -> str:
        """A number or text as text, all of its digits kept; empty where it is missing or cannot be stored."""
        value = self.get(path)
        if isinstance(value, bool) or not isinstance(value, int | str):
            return ""
        text = trim(str(value))
        return text if storable(text) == text else ""

    def required_identifier(self, path: str) -> str:
        """The same.

        Raises:
            UnusableDelivery: it is missing.
        """
        identifier = self.identifier(path)
        if not identifier:
            raise UnusableDelivery(f"The body has no {path}.")
        return identifier

    def amount(self, path: str) -> Decimal:
        """A number, or a text that is one.

        Raises:
            UnusableDelivery: it is missing or something else.
        """
        value = self.get(path)
        if isinstance(value, str) and len(value) <= MAX_DIGITS:
            try:
                value = Decimal(value)
            except InvalidOperation:
                value = None
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, Decimal) or not value.is_finite():
            raise UnusableDelivery(f"{path} must be a number.")
        if abs(value) >= LIMIT:
            raise UnusableDelivery(f"{path} is too large.")
        return value

    def minor_amount(self, path: str, currency: str) -> Decimal:
        """An amount that is sent in the currency's smallest units, such as cents.

        Raises:
            UnusableDelivery: it is missing or no number.
        """
        return self.amount(path) * minor_unit(currency.upper())

    def has(self, path: str) -> bool:
        return self.get(path) is not None

    def is_true(self, path: str) -> bool:
        return self.get(path) is True

    def moment(self, *paths: str) -> datetime | None:
        """The first of these that is an ISO 8601 time, in UTC; PostgreSQL refuses offsets of more than 16 hours."""
        for path in paths:
            value = self.get(path)
            if isinstance(value, str) and value:
                try:
                    moment = datetime.fromisoformat(value)
                    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
                except (ValueError, OverflowError):  # no time, or one beyond the year 9999 in UTC
                    continue
                if moment.year >= FIRST_YEAR:
                    return moment
        return None

    def unix_moment(self, path: str) -> datetime | None:
        """A time in seconds since 1970."""
        value = self.get(path)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            return None
        try:
            return datetime.fromtimestamp(value, UTC)
        except (OverflowError, OSError, ValueError):
            return None

    def objects(self, path: str) -> Iterator["Payload"]:
        """The objects of a list; empty where it is missing."""
        value = self.get(path)
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict):
                yield Payload(item)

    def object(self, path: str) -> "Payload":
        """An object; empty where it is missing."""
        value = self.get(path)
        return Payload(value if isinstance(value, dict) else {})
