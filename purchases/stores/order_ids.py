"""The ids of an order: ours, and those that its store has for it, its payment's among them."""

from collections.abc import Iterable

from blitzrocket.ids import new_id
from blitzrocket.postgres.statements import send
from blitzrocket.text import storable, trim
from purchases.models import MAX_ORDER_ID_LENGTH, Purchase, PurchaseImport, PurchaseImportRow, order_key
from purchases.models.stores import MAX_OTHER_ID_LENGTH, StoreConnection, StoreOrderId
from purchases.stores.events import StoreOrder, UnusableDelivery


def valid_order_id(text: str) -> str:
    """The order id, trimmed.

    Raises:
        UnusableDelivery: it is empty, too long, or has characters that cannot be stored.
    """
    order_id = trim(text)
    if not order_id or len(order_id) > MAX_ORDER_ID_LENGTH or storable(order_id) != order_id:
        raise UnusableDelivery(f"The order ID must have 1 to {MAX_ORDER_ID_LENGTH} characters that can be stored.")
    return order_id


# Race: two orders with the same payment at once. The second waits for the first, and sees its order. The ids reach the
# disk with the order, which is recorded next.
_SAVE_OTHER_IDS = """
    INSERT INTO purchases_storeorderid AS known (id, contest_id, connection_id, other_id, other_key, order_id)
    SELECT sent.id, %(contest)s::text, %(connection)s::text, sent.other_id, sent.other_key, %(order_id)s::text
    FROM unnest(%(ids)s::text[], %(other_ids)s::text[], %(other_keys)s::text[]) AS sent (id, other_id, other_key)
    WHERE set_config('synchronous_commit', 'off', true) = 'off'
    ORDER BY sent.other_id
    ON CONFLICT (contest_id, connection_id, other_id) DO UPDATE SET order_id = known.order_id
    RETURNING other_id, order_id
"""


def other_ids_of(order: StoreOrder, order_id: str) -> list[str]:
    """The ids to save of an order: its payments', also where one is its own, and others besides its own."""
    payments = {_other_id(payment_id) for payment_id in order.payment_ids}
    others = {_other_id(text) for text in (order.name, *order.other_ids)} - {order_id}
    return sorted((others | payments) - {""})


def save_other_ids(connection: StoreConnection, order_id: str, order: StoreOrder) -> str:
    """Save the store's other ids of an order. The first order with an id keeps it.

    Returns another order that has its payment, or nothing.
    """
    payments = {_other_id(payment_id) for payment_id in order.payment_ids}
    other_ids = other_ids_of(order, order_id)
    if not other_ids:
        return ""
    values = {
        "contest": connection.contest_id,
        "connection": connection.pk,
        "order_id": order_id,
        "ids": [new_id("orderid") for _ in other_ids],
        "other_ids": other_ids,
        "other_keys": [order_key(other_id) for other_id in other_ids],
    }
    owners = send(_SAVE_OTHER_IDS, values).all()
    return next((owner for other_id, owner in owners if other_id in payments and owner != order_id), "")


def save_names(connection: StoreConnection, orders: Iterable[tuple[str, StoreOrder]]) -> None:
    """Save the store's other ids of orders without a payment's, each with our id of it, in one statement."""
    rows = [
        StoreOrderId(
            contest_id=connection.contest_id,
            connection=connection,
            other_id=other_id,
            other_key=order_key(other_id),
            order_id=order_id,
        )
        for order_id, order in orders
        for other_id in other_ids_of(order, order_id)
    ]
    if rows:
        rows.sort(key=lambda row: row.other_id)  # Race: another delivery saves some of them, also sorted.
        StoreOrderId.objects.bulk_create(rows, ignore_conflicts=True)


def known_by_payment(connection: StoreConnection, orders: Iterable[StoreOrder]) -> dict[StoreOrder, str]:
    """Our ids of the orders whose payment is known: perhaps another id than the store sends now."""
    payments = {order: [_other_id(each) for each in order.payment_ids] for order in orders if order.payment_ids}
    if not payments:
        return {}
    rows = StoreOrderId.objects.filter(
        contest=connection.contest_id,
        connection=connection,
        other_id__in={each for payment_ids in payments.values() for each in payment_ids},
    )
    order_ids = dict(rows.values_list("other_id", "order_id"))
    return {
        order: next(order_ids[each] for each in payment_ids if each in order_ids)
        for order, payment_ids in payments.items()
        if order_ids.keys() & payment_ids
    }


def is_same_order(connection: StoreConnection, order: StoreOrder, order_id: str, other_order: str) -> bool:
    """Whether an order is another one that has its payment, by another id.

    Two ids that the store's owner gave are two orders, of which the first keeps the payment for its refunds. It is the
    same order where one of the ids is the payment's own, and where the other one came by a file, which does not have
    the owner's ids as deliveries have them.
    """
    payments = {_other_id(payment_id) for payment_id in order.payment_ids}
    return not payments.isdisjoint((order_id, other_order)) or _came_by_file(connection, other_order)


def _came_by_file(connection: StoreConnection, order_id: str) -> bool:
    imports = PurchaseImport.objects.filter(contest=connection.contest_id, connection=connection)
    rows = PurchaseImportRow.objects.filter(
        contest=connection.contest_id,
        purchase_import__in=list(imports),
        outcome__in=PurchaseImport.made_outcomes,
        values__order_id=order_id,
    )
    return rows.exists()


def find_order_id(connection: StoreConnection, order: StoreOrder) -> str:
    """The order's id, by itself or by another one; empty where it is not known."""
    if order.order_id:
        return valid_order_id(order.order_id)
    rows = StoreOrderId.objects.filter(
        contest=connection.contest_id, connection=connection, other_id__in=[_other_id(text) for text in order.ids]
    )
    return rows.values_list("order_id", flat=True).first() or _recorded_as(connection, order.ids)


def _recorded_as(connection: StoreConnection, ids: Iterable[str]) -> str:
    """That one of an order's ids by which it is recorded, such as by calls of the API before it had a connection."""
    orders = Purchase.objects.filter(contest=connection.contest_id, order_id__in=[_other_id(text) for text in ids])
    return orders.values_list("order_id", flat=True).first() or ""


def _other_id(text: str) -> str:
    return storable(text)[:MAX_OTHER_ID_LENGTH]
