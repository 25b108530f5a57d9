"""How a received order differs from the recorded one. Pure: nothing here reads or writes the database."""

from decimal import Decimal
from typing import Any, Protocol

from blitzrocket.emails import Email
from contests.money import in_minor_units

Differences = dict[str, dict[str, Any]]  # by the API's name of a field: what is recorded, and what was received


class OrderFields(Protocol):
    """The fields of a recorded order with which a received one is compared."""

    @property
    def email(self) -> str: ...
    @property
    def email_key(self) -> str: ...
    @property
    def amount(self) -> Decimal: ...
    @property
    def currency(self) -> str: ...


def differences_from(
    recorded: OrderFields, *, email: Email | None, amount: Decimal | None, currency: str | None
) -> Differences:
    """The fields received that differ; None for those that were not sent. An amount counts in minor units.

    An order without an email differs in none: it came without one, or its email was erased.
    """
    differences: Differences = {}
    if email is not None and recorded.email_key and email.key != recorded.email_key:
        differences["email"] = {"recorded": recorded.email, "received": email.address}
    if amount is not None:
        recorded_amount = in_minor_units(recorded.amount, recorded.currency)
        received_amount = in_minor_units(amount, currency or recorded.currency)
        if received_amount != recorded_amount:
            differences["amount"] = {"recorded": recorded_amount, "received": received_amount}
    if currency is not None and currency != recorded.currency:
        differences["currency"] = {"recorded": recorded.currency, "received": currency}
    return differences
