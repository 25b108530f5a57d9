"""What the page of a delivery says."""

from collections.abc import Iterator
from typing import Any

from django.utils.html import format_html

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.numbers import counted, show_number
from blitzrocket.times import time_element
from purchases.admin.order_page import Badge, Details, Fact, NextStep, OrderPage, object_link
from purchases.models import PendingRefund, Purchase, RejectedPurchase, StoreConnection, StoreDelivery
from purchases.support.store_names import store_name

State = StoreDelivery.State
STATE_KINDS = {
    State.RECEIVED: "warning",
    State.DONE: "success",
    State.NOT_USED: "plain",
    State.TEST: "plain",
    State.WAITING: "info",
    State.UNUSABLE: "warning",
    State.FAILED: "danger",
}


def delivery_page(delivery: StoreDelivery) -> OrderPage:
    connection = StoreConnection.objects.get(contest=delivery.contest_id, pk=delivery.connection_id)
    order = _order_of(delivery)
    return OrderPage(
        kind="Delivery",
        badge=Badge(STATE_KINDS[State(delivery.state)], delivery.get_state_display()),
        facts=list(_facts(delivery, connection, order)),
        next_step=_next_step(delivery, order),
        details=[
            Details("Headers", sorted(delivery.headers.items())),
            Details("IDs and times", list(_ids(delivery))),
        ],
    )


def outcome_of(delivery: StoreDelivery) -> tuple[bool, str]:
    """Whether a delivery came to a good end, and a sentence about it."""
    message = delivery.message.rstrip(".")
    match delivery.state:
        case State.DONE:
            return True, f"{message or 'Done'}."
        case State.NOT_USED:
            return True, f"{message}." if message else "Nothing to change."
        case State.TEST:
            return True, "A test delivery: it gives no points."
        case State.WAITING:
            return True, "Waiting for its order. It's applied as soon as the store sends the order."
        case State.UNUSABLE:
            return False, f"It can't be used: {message or 'a value is missing or invalid'}."
        case State.FAILED:
            return False, f"It failed: {message or 'see the server log'}."
    return False, "It isn't finished: the server stopped while processing it."


def _next_step(delivery: StoreDelivery, order: Any) -> NextStep:
    _is_good, sentence = outcome_of(delivery)
    return NextStep(sentence, _advice(delivery), link=("Open order", change_url(order)) if order else None)


def _advice(delivery: StoreDelivery) -> str:
    match delivery.state:
        case State.FAILED:
            return "The store sends it again by itself for a while. Retry it once the cause is fixed."
        case State.UNUSABLE:
            return "Nothing was recorded. Retry it after you changed the connection's settings, or dismiss it."
        case State.RECEIVED:
            return "It is processed again within a few minutes. Retry it to do that now."
    return ""


def _order_of(delivery: StoreDelivery) -> Purchase | RejectedPurchase | PendingRefund | None:
    """What the delivery's order is now."""
    if not delivery.order_id:
        return None
    contest_id, order_id = delivery.contest_id, delivery.order_id
    rejections = RejectedPurchase.objects.of_order(contest_id, order_id).order_by("-last_received_at")
    return (
        Purchase.objects.find_order(contest_id, order_id)
        or rejections.first()
        or PendingRefund.objects.filter(contest=contest_id, order_id=order_id).first()
    )


def _facts(delivery: StoreDelivery, connection: StoreConnection, order: Any) -> Iterator[Fact]:
    if delivery.order_id:
        shown = delivery.order_id
        value = format_html('<a href="{}">{}</a>', change_url(order), shown) if order else shown
        yield Fact("Order", value, "" if order else "Not recorded")
    link = format_html('<a href="{}">{}</a>', change_url(connection), store_name(connection))
    yield Fact("Store connection", link, "" if connection.is_active else "Paused")
    yield Fact("Contest", object_link(delivery.contest))
    times = counted(delivery.times, "time", "times") if delivery.times > 1 else ""
    yield Fact("Received", time_element(delivery.received_at), times)


def _ids(delivery: StoreDelivery) -> Iterator[tuple[str, Any]]:
    yield "Delivery ID", delivery.provider_id or "None that can be trusted"
    yield "ID", delivery.pk
    yield "Store connection ID", delivery.connection_id
    if delivery.waits_for:
        yield "Waiting for", ", ".join(map(str, delivery.waits_for))
    yield "Receipts", show_number(delivery.times)
    yield "Received", time_element(delivery.received_at)
    yield "Finished", time_element(delivery.finished_at) if delivery.finished_at else "–"
    yield "Body", counted(len(delivery.body), "byte", "bytes")
