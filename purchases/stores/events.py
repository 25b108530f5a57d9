"""What a store's delivery says, in our words: each provider parses its own format into these."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

Item = TypeVar("Item")


class UnusableDelivery(ValueError):
    """A delivery that is signed but cannot be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOrder:
    """The ids of an order in its store.

    ``order_id`` is empty where the delivery has only other ids, such as a refund that names the payment. ``name`` is
    what people call the order, such as #1001.
    """

    order_id: str = ""
    name: str = ""
    other_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseMade:
    """A paid order. Without a time, the delivery's counts."""

    order: StoreOrder
    email: str
    amount: Decimal
    currency: str
    purchased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRefunded:
    """One refund, by its own id. No amount: all that is left of the order."""

    order: StoreOrder
    refund_id: str
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTotal:
    """All that was refunded of an order until now, without the ids of its refunds.

    Totals of the same ``source`` grow; what is more than the refunds known so far is one more refund.
    """

    order: StoreOrder
    source: str
    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCancelled:
    """The order is void; where that is not final, a later delivery may reopen it."""

    order: StoreOrder
    reason: str = ""
    is_final: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReopened:
    """A cancelled order counts again, if this connection voided it."""

    order: StoreOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySignedUp:
    """A person who enters the contest; ``referral_code`` is the advocate's."""

    email: str
    name: str = ""
    phone: str = ""
    referral_code: str = ""


@dataclass(frozen=True, slots=True)
class NotUsed:
    """A delivery that changes nothing; ``reason`` is for the list of deliveries."""

    reason: str
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Unusable:
    """One of a delivery's events that cannot be used, beside others that can."""

    reason: str


A_TEST = NotUsed("A test: it earns no points.", is_test=True)


def unknown_topic(topic: str) -> NotUsed:
    return NotUsed(f"Nothing is done with “{topic[:100]}”.")


Event = (
    PurchaseMade
    | PurchaseRefunded
    | RefundTotal
    | PurchaseCancelled
    | PurchaseReopened
    | EntrySignedUp
    | NotUsed
    | Unusable
)


def unless_free(purchase: PurchaseMade) -> Event:
    """The purchase; an order of 0, such as one with a coupon for all of it, is not used."""
    return purchase if purchase.amount > 0 else NotUsed("The order's amount is 0.")


def or_unusable(parse: Callable[[Item], Event], item: Item) -> Event:
    """What one of a delivery's items says, or why it cannot be used, so that the others count."""
    try:
        return parse(item)
    except UnusableDelivery as error:
        return Unusable(str(error))
