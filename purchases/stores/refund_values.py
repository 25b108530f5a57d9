"""Checking what a store says of a refund, as the API checks it in a call."""

from dataclasses import replace

from blitzrocket.text import storable
from contests.money import AmountNotPositive, AmountTooLarge, InvalidCurrency, payable_amount, read_currency
from purchases.models import MAX_REFUND_ID_LENGTH
from purchases.stores.events import PurchaseRefunded, RefundTotal, UnusableDelivery


def usable_refund(event: PurchaseRefunded | RefundTotal) -> PurchaseRefunded | RefundTotal:
    """The refund, rounded to its currency's minor unit. One of 0 or less stays as it is: it takes nothing.

    Raises:
        UnusableDelivery: a value cannot be used; the message says which.
    """
    amount = event.amount
    try:
        currency = read_currency(event.currency) if event.currency else ""
        if amount is not None and amount > 0:
            amount = payable_amount(amount, currency)
    except (AmountNotPositive, AmountTooLarge, InvalidCurrency) as error:
        raise UnusableDelivery(str(error)) from None
    if isinstance(event, PurchaseRefunded):
        _check_refund_id(event.refund_id)
    event = replace(event, currency=currency)
    return event if amount is None else replace(event, amount=amount)


def _check_refund_id(refund_id: str) -> None:
    if not refund_id or len(refund_id) > MAX_REFUND_ID_LENGTH or storable(refund_id) != refund_id:
        raise UnusableDelivery(f"The refund ID must have 1 to {MAX_REFUND_ID_LENGTH} characters that can be stored.")
