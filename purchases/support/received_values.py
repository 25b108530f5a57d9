"""The amount and currency of a rejected order, of which the text is stored as it was received."""

from decimal import Decimal

from contests.money import MAX_AMOUNT, InvalidCurrency, in_minor_units, read_currency, show_amount
from purchases.models import RejectedPurchase


def amount_in(text: str) -> Decimal | None:
    """The number in the text, which may have quotation marks around it; None where no order can have it."""
    try:
        amount = Decimal(text.strip('" '))
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and 0 < amount <= MAX_AMOUNT else None


def currency_in(text: str) -> str:
    """The currency's code; empty where it is not one that an order can be paid in."""
    try:
        return read_currency(text)
    except InvalidCurrency:
        return ""


def received_amount(rejected: RejectedPurchase) -> str:
    """The amount as received, with its minor digits where both it and its currency can be read."""
    amount, currency = amount_in(rejected.amount), currency_in(rejected.currency)
    if amount is not None and currency:
        return show_amount(in_minor_units(amount, currency), currency)
    return f"{rejected.amount} {rejected.currency}".strip()
