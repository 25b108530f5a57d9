"""What the page of a pending or refused refund says."""

from collections.abc import Iterator
from typing import Any

from django.utils.text import capfirst

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.times import time_element
from purchases.admin.order_page import REFUND_KINDS, Badge, Details, Fact, NextStep, OrderPage, entry_link, object_link
from purchases.models import PendingRefund, Purchase
from purchases.support.timeline import Timeline

State = PendingRefund.State
STATE_KINDS = {State.PENDING: "warning", State.APPLIED: "success", State.REFUSED: "danger"}


def refund_page(refund: PendingRefund, timeline: Timeline) -> OrderPage:
    """The page of a refund; the timeline has its order, where that is recorded."""
    purchase = timeline.purchase
    state = State(refund.state)
    is_dismissed = refund.is_dismissed and state != State.APPLIED
    return OrderPage(
        kind=REFUND_KINDS[state],
        badge=Badge("plain", "Dismissed") if is_dismissed else Badge(STATE_KINDS[state], refund.get_state_display()),
        facts=list(_facts(refund, purchase)),
        next_step=_next_step(refund, purchase),
        details=[Details("As received", list(_received(refund, timeline)))],
    )


def _next_step(refund: PendingRefund, purchase: Purchase | None) -> NextStep:
    link = ("Open order", change_url(purchase)) if purchase else None
    if refund.state == State.APPLIED:
        return NextStep("Applied to its order", link=link)
    if refund.state == State.PENDING:
        return NextStep("Waiting for its order", "It applies as soon as the shop sends the order.", link=link)
    text = "No points were removed. Tell the shop the problem; it can send the refund again with the same ID."
    if purchase:
        text += " If it can't, refund the order yourself, then dismiss this refund."
    return NextStep("Not made", text, [("", refund.problem)] if refund.problem else [], link)


def _facts(refund: PendingRefund, purchase: Purchase | None) -> Iterator[Fact]:
    is_bare = refund.amount is not None and not refund.currency
    note = "In the currency of its order" if is_bare else ""
    yield Fact("Refund amount", capfirst(refund.amount_in_words or "–"), note)
    yield Fact("Refund ID", refund.refund_id)
    if purchase:
        yield Fact("Entry", entry_link(purchase.entry))
    yield Fact("Contest", object_link(refund.contest))
    yield Fact("Received", time_element(refund.received_at))


def _received(refund: PendingRefund, timeline: Timeline) -> Iterator[tuple[str, Any]]:
    yield "Order ID", refund.order_id
    yield "Refund ID", refund.refund_id
    yield "Reason", refund.reason or "–"
    yield "Problem", refund.problem or "–"
    store = timeline.stores.get(refund.api_key_id or "")
    yield ("Store connection", store) if store else ("API key", str(refund.api_key or "–"))
    yield "ID", refund.pk
