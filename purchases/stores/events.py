"""What a store's delivery says, in our words: each provider parses its own format into these."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

import msgspec

Item = TypeVar("Item")


class UnusableDelivery(ValueError):
    """A delivery that is signed but cannot be used; the message says why."""


# Of structs a delivery makes several: they are made in a fraction of the time that dataclasses take.
class StoreOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of an order in its store.

    ``order_id`` is empty where the delivery has only other ids, such as a refund that names the payment. ``name`` is
    what people call the order, such as #1001. Where one of ``payment_ids`` is known, the order is that one, but for an
    order with an id of its own from the store's owner; refunds of the payment are the first one's.
    """

    order_id: str = ""
    name: str = ""
    payment_ids: tuple[str, ...] = ()
    other_ids: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All that a refund may name it by."""
        return tuple(filter(None, (self.order_id, *self.payment_ids, *self.other_ids)))


class PurchaseMade(msgspec.Struct, frozen=True, kw_only=True):
    """A paid order. Without a time, the delivery's counts."""

    order: StoreOrder
    email: str
    amount: Decimal
    currency: str
    purchased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderIds:
    """Ids of an order that its own delivery does not have."""

    order: StoreOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRefunded:
    """One refund, by its own id. No amount: all that is left of the order."""

    order: StoreOrder
    refund_id: str
    amount: Decimal | None = None
    currency: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed:
    """A refund that was said to be made was not: the money is the store's again."""

    order: StoreOrder
    refund_id: str
    amount: Decimal
    currency: str = ""


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
class OrderChanged:
    """What an order is worth now, after edits and refunds, and what it was worth when it was placed."""

    order: StoreOrder
    amount: Decimal
    amount_before: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseCancelled:
    """The order is void; where that is not final, a later delivery may reopen it.

    ``as_of`` is the store's own time of it, where the store has one.
    """

    order: StoreOrder
    reason: str = ""
    is_final: bool = True
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseReopened:
    """A cancelled order counts again, if this connection voided it; ``as_of`` as in `PurchaseCancelled`."""

    order: StoreOrder
    as_of: datetime | None = None


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
    | OrderIds
    | PurchaseRefunded
    | RefundFailed
    | RefundTotal
    | OrderChanged
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
